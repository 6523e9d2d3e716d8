//! What follows, as the registry answers.

use sabt_cli::commands::query::reference;
use sabt_domain::access::Purpose;
use sabt_proto::api::v1 as api;

use super::read::gaps;
use super::stage::{Stage, reason};

impl Stage {
    /// What follows; fails where it does not.
    pub(super) async fn then(&mut self, text: &str, place: &str) -> Option<()> {
        if let Some([expected]) = gaps("it is refused: {}", text) {
            assert_eq!(self.take_refusal().as_deref(), Some(expected), "{place}");
            return Some(());
        }
        self.settled(place);
        if let Some([state]) = gaps("the case is {}", text) {
            let case = self
                .opened()
                .await
                .unwrap_or_else(|reason| panic!("{place}: {reason}"));
            assert_eq!(
                case.state.to_lowercase().replace('_', " "),
                state,
                "{place}"
            );
            return Some(());
        }
        if gaps::<0>("there is no such case", text).is_some() {
            let reason = self.opened().await.err();
            assert_eq!(reason.as_deref(), Some("UNKNOWN_CASE"), "{place}");
            return Some(());
        }
        if let Some([effect]) = gaps("the decision has {} effect", text) {
            let case = self.opened().await.unwrap();
            assert_eq!(case.in_effect, effect == "full", "{place}");
            return matches!(effect, "full" | "no").then_some(());
        }
        if let Some([member, state]) = gaps("the member {} is {}", text) {
            let case = self.opened().await.unwrap();
            let name = format!(
                "COMMISSION_MEMBER_{}",
                member.to_uppercase().replace(' ', "_")
            );
            let mut opinions = case.opinions.iter();
            let opinion = opinions.find(|one| one.member().as_str_name() == name)?;
            assert_eq!(opinion.state.to_lowercase(), state, "{place}");
            return Some(());
        }
        if let Some([name, count]) = gaps("{} has {} cases", text) {
            let cases = self.cases(&self.person(name)).await;
            assert_eq!(cases.to_string(), count, "{place}");
            return Some(());
        }
        if let Some([count, site]) = gaps("{} persons are in the {}", text) {
            let inside = self.inside(&self.site(site)).await;
            assert_eq!(inside.to_string(), count, "{place}");
            return Some(());
        }
        if let Some(told) = self.conditions(text, place).await {
            return Some(told);
        }
        if let Some([name]) = gaps("{} may stay", text) {
            let told = self.stay(&self.person(name)).await;
            assert_eq!(told, api::Verdict::Valid, "{place}");
            return Some(());
        }
        self.verdict(text, place).await
    }

    /// What office and police are answered about a paper.
    async fn verdict(&self, text: &str, place: &str) -> Option<()> {
        let (client, code, text) = match text.strip_suffix(" to the police") {
            Some(text) => (&self.police, Purpose::StayCheck, text),
            None => (&self.office, Purpose::Registration, text),
        };
        let [kind, number, verdict, date] = gaps("the {} \"{}\" is {} on {}", text)?;
        let request = api::VerifyDocumentRequest {
            purpose: Some(purpose(code)),
            at: Some(self.at(Some(date))),
            document: Some(reference(&kind.replace(' ', "-"), "IRN", number).unwrap()),
        };
        let answer = client.persons().verify_document(request).await.unwrap();
        let told = answer.into_inner().verdict();
        let expected = match verdict {
            "valid" => api::Verdict::Valid,
            "not valid" => api::Verdict::NotValid,
            "unknown" => api::Verdict::Unknown,
            _ => return None,
        };
        assert_eq!(told, expected, "{place}");
        Some(())
    }

    /// The case, or the reason why it is not told.
    async fn opened(&self) -> Result<api::ServiceCase, String> {
        let request = api::GetCaseRequest {
            purpose: Some(purpose(Purpose::Registration)),
            at: Some(self.at(None)),
            case: self.case(),
        };
        match self.office.persons().get_case(request).await {
            Ok(answer) => Ok(answer.into_inner().case.unwrap()),
            Err(status) => Err(reason(&status)),
        }
    }

    async fn cases(&self, person: &str) -> usize {
        let request = api::ListCasesRequest {
            purpose: Some(purpose(Purpose::Registration)),
            at: Some(self.at(None)),
            person: person.to_owned(),
        };
        let answer = self.office.persons().list_cases(request).await.unwrap();
        answer.into_inner().cases.len()
    }

    async fn inside(&self, site: &str) -> u64 {
        let request = api::GetSiteRequest {
            purpose: Some(purpose(Purpose::Registration)),
            at: Some(self.at(None)),
            site: site.to_owned(),
        };
        let answer = self.office.sites().get_site(request).await.unwrap();
        let site = answer.into_inner().site.unwrap();
        site.occupancy.unwrap().persons
    }

    async fn stay(&self, person: &str) -> api::Verdict {
        let request = api::VerifyStayRequest {
            purpose: Some(purpose(Purpose::StayCheck)),
            at: Some(self.at(None)),
            person: person.to_owned(),
        };
        let answer = self.police.persons().verify_stay(request).await.unwrap();
        answer.into_inner().verdict()
    }
}

pub(super) fn purpose(code: Purpose) -> api::Purpose {
    api::Purpose {
        code: code.code().to_owned(),
        legal_basis: "services.md".to_owned(),
        ..api::Purpose::default()
    }
}
