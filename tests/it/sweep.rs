//! Every role, purpose and method against one registry that serves as an operator runs it: no field beyond the matrix stands
//! in an answer, a refusal or a list of candidates, and nothing of anybody in its log, at the finest level, or its metrics.
//!
//! The answers are held against the matrix twice: field by field as the contract files them, and by marks, one or more of
//! each group, that stand in the records and are looked for in the bytes.

mod world;

use std::collections::BTreeSet;
use std::sync::Arc;

use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use sabt_cli::client::Client;
use sabt_domain::access::{FIELDS, FieldGroup, FieldSet, Matrix, Method, Purpose};
use sabt_proto::api::v1 as api;
use tokio::task::JoinSet;

use self::world::{Asker, MARKS, World};
use crate::calls::{About, call_each, contract, pool};

/// Groups of which an answer to somebody has to show something, so that the sweep is not one over empty records.
const SHOWN: [FieldGroup; 21] = [
    FieldGroup::Verdict,
    FieldGroup::Identity,
    FieldGroup::Documents,
    FieldGroup::Residence,
    FieldGroup::Status,
    FieldGroup::Protection,
    FieldGroup::AsylumClaim,
    FieldGroup::Family,
    FieldGroup::Household,
    FieldGroup::Address,
    FieldGroup::ShelterAddress,
    FieldGroup::VitalEvents,
    FieldGroup::Presence,
    FieldGroup::History,
    FieldGroup::Disclosures,
    FieldGroup::Removal,
    FieldGroup::Health,
    FieldGroup::ServiceCases,
    FieldGroup::Schooling,
    FieldGroup::BiometricReferences,
    FieldGroup::Site,
];

/// What was shown to anybody, gathered over the whole sweep.
#[derive(Default)]
struct Shown {
    /// Groups of fields that belong to one group alone.
    groups: BTreeSet<FieldGroup>,
    marks: BTreeSet<&'static str>,
    answers: usize,
    refusals: usize,
}

impl Shown {
    fn add(&mut self, other: Self) {
        self.groups.extend(other.groups);
        self.marks.extend(other.marks);
        self.answers += other.answers;
        self.refusals += other.refusals;
    }

    /// The marks among these bytes, each of which has to be in a group that was given.
    fn look(&mut self, place: &str, told: &[u8], given: FieldSet) {
        for (mark, groups) in MARKS {
            if contains(told, mark.as_bytes()) {
                let permitted = groups.iter().any(|group| given.contains(*group));
                assert!(permitted, "{place} tells {mark}");
                self.marks.insert(mark);
            }
        }
    }

    /// Every field that is filled in has a group that was given.
    fn fields(&mut self, place: &str, message: &DynamicMessage, given: FieldSet) {
        let of = message.descriptor().name().to_lowercase();
        for (field, value) in message.fields() {
            let name = format!("{of}.{}", field.name());
            if let Some(known) = FIELDS.iter().find(|known| known.name == name) {
                let mut groups = known.groups.iter().copied();
                assert!(
                    groups.any(|group| given.contains(group)),
                    "{place} fills in {name}"
                );
                if let [group] = known.groups {
                    self.groups.insert(*group);
                }
            }
            let list = value.as_list().unwrap_or_default();
            for inner in value
                .as_message()
                .into_iter()
                .chain(list.iter().filter_map(Value::as_message))
            {
                self.fields(place, inner, given);
            }
        }
    }
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    text.windows(needle.len()).any(|window| window == needle)
}

fn output(path: &str) -> prost_reflect::MessageDescriptor {
    let (service, name) = path.split_once('/').unwrap();
    let service = pool().get_service_by_name(service).unwrap();
    let mut methods = service.methods();
    methods
        .find(|method| method.name() == name)
        .unwrap()
        .output()
}

/// Asks everything for a purpose; `given` is what the matrix, cut to the grant if there is one, gives for it.
async fn ask(
    asker: &Asker,
    code: Purpose,
    stated: &api::Purpose,
    about: &About,
    given: FieldSet,
) -> Shown {
    let mut shown = Shown::default();
    let row = Matrix::newest().row(asker.role, code);
    let outcomes = call_each(&asker.client, stated, about).await;
    for path in contract() {
        let outcome = &outcomes[&path];
        let place = format!("{path} to {:?} for {}", asker.role, code.code());
        match outcome {
            Ok(bytes) => {
                shown.answers += 1;
                let method = Method::from_path(&path);
                let asks = method.is_some_and(Method::needs_permit);
                // Without a permit nothing about a person is answered: proofs and checkpoints, by role alone.
                let given = if asks {
                    given
                } else {
                    FieldSet::of(&[FieldGroup::Integrity])
                };
                let message = DynamicMessage::decode(output(&path), &bytes[..]).unwrap();
                shown.fields(&place, &message, given);
                shown.look(&place, bytes, given);
                let opened = row.is_some_and(|row| row.methods.contains(method.unwrap()));
                assert!(!asks || opened, "{place} is answered");
            }
            Err(status) => {
                shown.refusals += 1;
                // A refusal tells nobody anything, whatever the matrix gives.
                let said = [status.message().as_bytes(), status.details()].concat();
                shown.look(&place, &said, FieldSet::EMPTY);
            }
        }
    }
    shown.add(search(&asker.client, asker, stated, given).await);
    shown
}

/// A search by name and birth year: a list of candidates.
async fn search(client: &Client, asker: &Asker, stated: &api::Purpose, given: FieldSet) -> Shown {
    let mut shown = Shown::default();
    let request = api::FindPersonRequest {
        purpose: Some(stated.clone()),
        given_name: "MkGiven".to_owned(),
        family_name: world::FAMILY_NAME.to_owned(),
        birth_year: 1989,
        ..api::FindPersonRequest::default()
    };
    let place = format!("a search of {:?} for {}", asker.role, stated.code);
    match client.persons().find_person(request).await {
        Ok(answer) => {
            shown.answers += 1;
            let answer = answer.into_inner();
            assert!(!answer.candidates.is_empty(), "{place} finds nobody");
            let message = DynamicMessage::decode(
                output("sabt.api.v1.Persons/FindPerson"),
                &answer.encode_to_vec()[..],
            );
            shown.fields(&place, &message.unwrap(), given);
            shown.look(&place, &answer.encode_to_vec(), given);
        }
        Err(status) => {
            shown.refusals += 1;
            let said = [status.message().as_bytes(), status.details()].concat();
            shown.look(&place, &said, FieldSet::EMPTY);
        }
    }
    shown
}

/// Everything, for every purpose.
async fn everything(world: &World, asker: &Asker) -> Shown {
    let mut shown = Shown::default();
    for code in Purpose::ALL {
        let row = Matrix::newest().row(asker.role, *code);
        let given = row.map_or(FieldSet::EMPTY, |row| row.groups);
        let stated = world::stated(*code);
        shown.add(ask(asker, *code, &stated, &world.person, given).await);
        if row.is_some() {
            shown.add(ask(asker, *code, &stated, &world.sheltered, given).await);
        }
        // The same under a grant for whatever the row gives, where the role can have one.
        for about in [&world.person, &world.sheltered] {
            if let Some(granted) = world.granted(asker, *code, about) {
                shown.add(ask(asker, *code, &granted, about, given).await);
            }
        }
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_beyond_the_matrix_leaves_in_answers_refusals_logs_or_metrics() {
    let world = Arc::new(World::build().await);
    let mut askers = JoinSet::new();
    for index in 0..world.askers.len() {
        let world = Arc::clone(&world);
        askers.spawn(async move { everything(&world, &world.askers[index]).await });
    }
    let mut shown = Shown::default();
    for of_one in askers.join_all().await {
        shown.add(of_one);
    }
    let world = Arc::into_inner(world).unwrap();
    // The sweep saw what it was to look for.
    let told = MARKS.iter().filter(|(_, groups)| !groups.is_empty());
    let marks: BTreeSet<&str> = told.map(|(mark, _)| *mark).collect();
    assert_eq!(shown.marks, marks, "every mark is told to somebody");
    let of_marks = MARKS.iter().flat_map(|(_, groups)| *groups).copied();
    let seen: BTreeSet<FieldGroup> = shown.groups.iter().copied().chain(of_marks).collect();
    for group in SHOWN {
        assert!(seen.contains(&group), "{group:?} is told to nobody");
    }
    assert!(
        400 < shown.answers && 4_000 < shown.refusals,
        "{} answers, {} refusals",
        shown.answers,
        shown.refusals
    );

    let secrets = world.secrets();
    let (log, metrics) = world.stop().await;
    assert!(log.contains("TRACE") && log.contains("serving"));
    assert!(metrics.contains("sabt_call_seconds") && metrics.contains("sabt_refusals_total"));
    for secret in secrets {
        for (place, text) in [("the log", &log), ("the metrics", &metrics)] {
            if text.contains(&secret) {
                let line = text.lines().find(|line| line.contains(&secret));
                panic!("{place} tells {secret}: {}", line.unwrap_or_default());
            }
        }
    }
}
