//! Calls of every method, as values.

use sabt_cli::client::Client;
use sabt_proto::api::v1 as api;
use tonic::Status;

/// Declares the calls, each with the service and method that it goes to.
macro_rules! calls {
    ($($service:ident $method:ident $request:ident;)+) => {
        /// A call that was not sent yet.
        #[expect(clippy::enum_variant_names, reason = "a call is named after its message")]
        #[derive(Clone, Debug)]
        pub(super) enum Call {
            $( $request(api::$request), )+
        }

        $( impl From<api::$request> for Call {
            fn from(request: api::$request) -> Self {
                Self::$request(request)
            }
        } )+

        impl Call {
            /// Sends it; what is answered is not looked at.
            pub(super) async fn send(&self, client: &Client) -> Result<(), Status> {
                match self.clone() {
                    $( Self::$request(request) => client.$service().$method(request).await.map(drop), )+
                }
            }
        }
    };
}

calls! {
    registry submit_act SubmitActRequest;
    persons verify_document VerifyDocumentRequest;
    persons verify_stay VerifyStayRequest;
    persons verify_right VerifyRightRequest;
    persons verify_removal VerifyRemovalRequest;
    persons get_residence_conditions GetResidenceConditionsRequest;
    persons list_deadlines ListDeadlinesRequest;
    persons list_office_cases ListOfficeCasesRequest;
    persons find_person FindPersonRequest;
    persons get_person GetPersonRequest;
    persons get_family GetFamilyRequest;
    persons get_household GetHouseholdRequest;
    persons get_history GetHistoryRequest;
    persons get_retention GetRetentionRequest;
    persons get_asylum_claims GetAsylumClaimsRequest;
    feed follow FollowRequest;
    audit get_checkpoint GetCheckpointRequest;
    audit read_records ReadRecordsRequest;
    audit get_inclusion_proof GetInclusionProofRequest;
    audit get_consistency_proof GetConsistencyProofRequest;
    audit list_disclosures ListDisclosuresRequest;
    statistics get_statistics GetStatisticsRequest;
    operations get_status GetStatusRequest;
}

impl From<api::SignedAct> for Call {
    fn from(signed: api::SignedAct) -> Self {
        Self::SubmitActRequest(api::SubmitActRequest {
            signed_act: Some(signed),
        })
    }
}
