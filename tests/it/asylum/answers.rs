//! Every question of every role but the asylum unit, and what can be compared of the answers.

use std::collections::BTreeMap;

use prost::Message;
use sabt_cli::cast::{ASYLUM_UNIT, BORDER_POLICE, CAST, CIVIL_REGISTRY, CIVIL_SUPERVISOR, Player};
use sabt_cli::client::Client;
use sabt_domain::access::{FieldGroup, Grant, GrantRule, Matrix, Method, Purpose, Role};
use sabt_domain::act::KeyId;
use sabt_domain::fact::PermitScope;
use sabt_domain::law::{ResidenceBasis, ResidenceKind, Right};
use sabt_proto::api::v1 as api;
use tonic::{Code, Response, Status};
use tonic_types::StatusExt as _;

use super::purpose;
use super::twins::{Side, Twins};
use crate::support::{self, REGISTRY};

/// A refusal as its receiver reads it.
pub(super) type Refused = (Code, String, String, BTreeMap<String, String>);

/// What was asked, and the bytes of the answer or the refusal.
pub(super) type Told = (
    &'static str,
    &'static str,
    &'static str,
    Result<Vec<u8>, Refused>,
);

/// Pairs of which everything is asked.
const ASKED_EVERYTHING: usize = 14;
/// Of how many questions one is asked about the other pairs.
const TURNS: usize = 19;

/// Persons that one grant names.
const GRANTED: usize = 64;

/// The matrix as calls.
pub(super) struct Calls {
    /// Clients of each player, with claims and without.
    clients: BTreeMap<&'static str, [Client; 2]>,
    /// What the matrix opens.
    rows: Vec<(Player, Purpose, Vec<Method>)>,
    /// Grants under which border police ask about whoever they meet, and the register of Iranians about those it names.
    border: api::Purpose,
    civil: Vec<api::Purpose>,
}

/// Methods about persons, in the order in which they are asked: who has looked comes last, to tell of the others.
const METHODS: [Method; 18] = [
    Method::VerifyDocument,
    Method::VerifyStay,
    Method::VerifyRight,
    Method::VerifyRemoval,
    Method::GetResidenceConditions,
    Method::FindPerson,
    Method::GetPerson,
    Method::GetFamily,
    Method::GetHousehold,
    Method::GetHistory,
    Method::GetRetention,
    Method::ListRetentionsDue,
    Method::GetCase,
    Method::ListCases,
    Method::ListDeadlines,
    Method::GetAsylumClaims,
    Method::GetClaimRetention,
    Method::ListDisclosures,
];

impl Calls {
    pub(super) async fn of(twins: &Twins) -> Self {
        let mut clients = BTreeMap::new();
        for player in CAST {
            let with = twins.client(Side::With, player).await;
            let without = twins.client(Side::Without, player).await;
            clients.insert(player.name, [with, without]);
        }
        let mut rows = Vec::new();
        for row in Matrix::newest().rows() {
            let player = CAST.into_iter().find(|player| player.role == row.role);
            let player = player.filter(|player| player.role != Role::AsylumUnit);
            let methods = METHODS
                .into_iter()
                .filter(|method| row.methods.contains(*method));
            rows.extend(player.map(|player| (player, row.purpose, methods.collect())));
        }
        let registry = twins.registry(Side::With);
        let narrow = Grant {
            groups: [FieldGroup::Identity].into(),
            ..registry.border_grant(&[])
        };
        let border = support::under(&narrow, registry.issue(&narrow));
        let key = registry.key(CIVIL_SUPERVISOR);
        let of_civil = |persons: &[String]| {
            let grant = Grant {
                agency: CIVIL_REGISTRY.agency.parse().unwrap(),
                officer: CIVIL_REGISTRY.officer.parse().unwrap(),
                purpose: CIVIL_REGISTRY.purpose,
                groups: [FieldGroup::Identity, FieldGroup::Family].into(),
                persons: persons.iter().map(|one| one.parse().unwrap()).collect(),
                issuer: KeyId(key.public().id().to_bytes()),
                ..registry.border_grant(&[])
            };
            let signed = sabt_cli::grants::sign(&key, REGISTRY, &grant).unwrap();
            support::under(&grant, signed)
        };
        let civil = twins.people.chunks(GRANTED).map(of_civil).collect();
        Self {
            clients,
            rows,
            border,
            civil,
        }
    }

    /// How many rounds there are: who has looked is asked by one row at a time, when everything before has been folded.
    pub(super) fn rounds(&self) -> usize {
        1 + self.listing().count()
    }

    fn listing(&self) -> impl Iterator<Item = usize> {
        let rows = self.rows.iter().enumerate();
        let listing =
            rows.filter(|(_, (_, _, methods))| methods.contains(&Method::ListDisclosures));
        listing.map(|(index, _)| index)
    }

    /// What the matrix opens about a person of a pair, as far as the round asks it: everything about the first pairs, then
    /// by turns, so that every question is put about every kind of life.
    pub(super) async fn about(
        &self,
        twins: &Twins,
        round: usize,
        side: Side,
        pair: usize,
    ) -> Vec<Told> {
        let lists = round.checked_sub(1).and_then(|nth| self.listing().nth(nth));
        let mut told = Vec::new();
        let mut turn = pair;
        for (index, (player, code, methods)) in self.rows.iter().enumerate() {
            for method in methods {
                let asked = match (method, lists) {
                    (Method::ListDisclosures, lists) => lists == Some(index),
                    (_, lists) => lists.is_none(),
                };
                turn += 1;
                if !asked || (ASKED_EVERYTHING <= pair && !turn.is_multiple_of(TURNS)) {
                    continue;
                }
                let purpose = self.purpose(*player, *code, *method, pair);
                let client = &self.clients[player.name][side as usize];
                let answer = ask(client, *method, purpose, twins, pair).await;
                told.push((player.name, code.code(), method.code(), answer));
            }
        }
        told
    }

    /// Every method for every purpose by every role but the unit.
    pub(super) async fn every(&self, twins: &Twins, side: Side, pair: usize) -> Vec<Told> {
        let mut told = Vec::new();
        for player in CAST.into_iter().filter(|player| *player != ASYLUM_UNIT) {
            let client = &self.clients[player.name][side as usize];
            for code in Purpose::ALL {
                for method in METHODS {
                    if method == Method::ListDisclosures {
                        twins.settle().await;
                    }
                    let answer = ask(client, method, purpose(*code), twins, pair).await;
                    let of_claims = [Method::GetAsylumClaims, Method::GetClaimRetention];
                    assert!(!of_claims.contains(&method) || answer.is_err());
                    told.push((player.name, code.code(), method.code(), answer));
                }
            }
        }
        told
    }

    fn purpose(&self, player: Player, code: Purpose, method: Method, pair: usize) -> api::Purpose {
        match player.role.grant_rule(method) {
            GrantRule::NotNeeded => purpose(code),
            GrantRule::Needed | GrantRule::NeededForNamed if player == BORDER_POLICE => {
                self.border.clone()
            }
            GrantRule::Needed | GrantRule::NeededForNamed => self.civil[pair / GRANTED].clone(),
        }
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "a function that asks each question once"
)]
async fn ask(
    client: &Client,
    method: Method,
    purpose: api::Purpose,
    twins: &Twins,
    pair: usize,
) -> Result<Vec<u8>, Refused> {
    let (purpose, at) = (Some(purpose), None);
    let person = twins.people[pair].clone();
    // Persons are registered two by two.
    let document = Some(support::reference(&format!("P-{:05}", 2 * pair)));
    let mut persons = client.persons();
    match method {
        Method::VerifyDocument => {
            let request = api::VerifyDocumentRequest {
                purpose,
                at,
                document,
            };
            answer(persons.verify_document(request).await, |told| {
                &mut told.info
            })
        }
        Method::VerifyStay => {
            let request = api::VerifyStayRequest {
                purpose,
                at,
                person,
            };
            answer(persons.verify_stay(request).await, |told| &mut told.info)
        }
        Method::VerifyRight => {
            // Pair by pair another right.
            let right = Right::ALL[pair % Right::ALL.len()];
            let request = api::VerifyRightRequest {
                purpose,
                at,
                person,
                right: right.to_proto().into(),
            };
            answer(persons.verify_right(request).await, |told| &mut told.info)
        }
        Method::ListDeadlines => {
            let request = api::ListDeadlinesRequest {
                purpose,
                at,
                person,
                ..api::ListDeadlinesRequest::default()
            };
            answer(persons.list_deadlines(request).await, |told| &mut told.info)
        }
        Method::VerifyRemoval => {
            let request = api::VerifyRemovalRequest {
                purpose,
                at,
                person,
                order_number: "E-1".to_owned(),
            };
            answer(persons.verify_removal(request).await, |told| &mut told.info)
        }
        Method::GetResidenceConditions => {
            // Pair by pair another kind, refuge among the grounds.
            let kinds = [ResidenceKind::ThreeYear, ResidenceKind::SevenYear];
            let bases = [ResidenceBasis::Refugee, ResidenceBasis::Work];
            let steps = [
                api::ResidenceStep::Issue,
                api::ResidenceStep::Convert,
                api::ResidenceStep::Renew,
            ];
            let request = api::GetResidenceConditionsRequest {
                purpose,
                at,
                person,
                kind: kinds[pair / 2 % 2].to_proto().into(),
                basis: bases[pair % 2].to_proto().into(),
                scope: PermitScope::Individual.to_proto().into(),
                step: steps[pair % 3].into(),
            };
            let told = persons.get_residence_conditions(request).await;
            answer(told, |told| &mut told.info)
        }
        Method::FindPerson => {
            let request = api::FindPersonRequest {
                purpose,
                document,
                ..api::FindPersonRequest::default()
            };
            answer(persons.find_person(request).await, |told| &mut told.info)
        }
        Method::GetPerson => {
            let request = api::GetPersonRequest {
                purpose,
                at,
                person,
            };
            answer(persons.get_person(request).await, |told| &mut told.info)
        }
        Method::GetFamily => {
            let request = api::GetFamilyRequest {
                purpose,
                at,
                person,
            };
            answer(persons.get_family(request).await, |told| &mut told.info)
        }
        Method::GetHousehold => {
            let request = api::GetHouseholdRequest {
                purpose,
                at,
                household: twins.households[pair].clone().unwrap_or_default(),
            };
            answer(persons.get_household(request).await, |told| &mut told.info)
        }
        Method::GetHistory => {
            let request = api::GetHistoryRequest {
                purpose,
                at,
                person,
            };
            answer(persons.get_history(request).await, |told| &mut told.info)
        }
        Method::GetRetention => {
            let request = api::GetRetentionRequest {
                purpose,
                at,
                person,
                household: String::new(),
                service_case: String::new(),
            };
            answer(persons.get_retention(request).await, |told| &mut told.info)
        }
        Method::ListRetentionsDue => {
            let request = api::ListRetentionsDueRequest {
                purpose,
                looked_at: 3,
                ..api::ListRetentionsDueRequest::default()
            };
            answer(persons.list_retentions_due(request).await, |told| {
                &mut told.info
            })
        }
        Method::GetClaimRetention => {
            let request = api::GetClaimRetentionRequest {
                purpose,
                at,
                person,
            };
            answer(persons.get_claim_retention(request).await, |told| {
                &mut told.info
            })
        }
        Method::GetCase => {
            let case = twins.cases[pair].clone();
            let request = api::GetCaseRequest { purpose, at, case };
            answer(persons.get_case(request).await, |told| &mut told.info)
        }
        Method::ListCases => {
            let request = api::ListCasesRequest {
                purpose,
                at,
                person,
            };
            answer(persons.list_cases(request).await, |told| &mut told.info)
        }
        Method::GetAsylumClaims => {
            let request = api::GetAsylumClaimsRequest {
                purpose,
                at,
                person,
            };
            answer(persons.get_asylum_claims(request).await, |told| {
                &mut told.info
            })
        }
        Method::Follow
        | Method::SubmitAct
        | Method::ReadRecords
        | Method::GetCheckpoint
        | Method::GetProof
        | Method::GetStatus
        | Method::GetExtract
        | Method::ListCorrections
        | Method::AcknowledgeCorrection
        | Method::ListOpenCorrections
        | Method::GetStatistics
        | Method::GetCampaign
        | Method::GetSite
        | Method::ListSites
        | Method::ListOfficeCases
        | Method::ListLookupFlags
        | Method::ListGrantUses
        | Method::ListDrawnLookups
        | Method::CheckAct
        | Method::Erase => panic!("{} is no question about a person", method.code()),
        Method::ListDisclosures => {
            let request = api::ListDisclosuresRequest {
                purpose,
                person,
                consent_reference: "F-1".to_owned(),
            };
            let listed = client.audit().list_disclosures(request).await;
            answer(listed, |told| {
                for entry in &mut told.entries {
                    entry.position = 0;
                    if let Some(one) = &mut entry.disclosure {
                        one.request_digest.clear();
                        one.answer_digest.clear();
                        one.salt.clear();
                    }
                }
                &mut told.info
            })
        }
    }
}

/// The bytes of an answer without the place and hash of its own record, or the refusal.
pub(super) fn answer<M: Message>(
    told: Result<Response<M>, Status>,
    info: impl Fn(&mut M) -> &mut Option<api::AnswerInfo>,
) -> Result<Vec<u8>, Refused> {
    let mut told = told.map_err(|status| refusal(&status))?.into_inner();
    if let Some(receipt) = info(&mut told)
        .as_mut()
        .and_then(|info| info.disclosure.as_mut())
    {
        receipt.position = 0;
        receipt.link.clear();
    }
    Ok(told.encode_to_vec())
}

/// Code, message, reason and details of a refusal.
pub(super) fn refusal(status: &Status) -> Refused {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    let mut metadata: BTreeMap<String, String> = info
        .metadata
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for violation in details
        .bad_request()
        .map_or(&[][..], |bad| &bad.field_violations)
    {
        metadata.insert(violation.field.clone(), violation.description.clone());
    }
    let (message, reason) = (status.message().to_owned(), info.reason.clone());
    (status.code(), message, reason, metadata)
}
