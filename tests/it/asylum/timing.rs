//! How long questions take about people with a claim to asylum and without.

use std::time::Instant;

use sabt_cli::cast::REGISTRAR;
use sabt_domain::access::{Asker, Matrix, Permit, Purpose, Role};
use sabt_domain::law::Right;
use sabt_domain::life::At;
use sabt_domain::number::PersonNumber;
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{Act, Sex};
use sabt_views::Views;

use crate::support::{self, NOW, TestRegistry, UNIT};

/// People with a claim, and as many without, twice.
const PEOPLE: usize = 24;
/// Questions about each of them in one attempt.
const ROUNDS: usize = 40;
/// Attempts: a machine may be busy with something else in one of them.
const ATTEMPTS: usize = 8;

/// A question about a person, the answer of which is not looked at.
type Ask<'a> = Box<dyn FnMut(PersonNumber) + 'a>;

/// How long a question takes, in nanoseconds.
fn timed(ask: &mut dyn FnMut(PersonNumber), person: PersonNumber) -> i64 {
    let started = Instant::now();
    ask(person);
    i64::try_from(started.elapsed().as_nanos()).unwrap()
}

/// The median, and the distance between the quartiles.
fn spread(mut differences: Vec<i64>) -> (i64, i64) {
    differences.sort_unstable();
    let at = |quarter: usize| differences[differences.len() * quarter / 4];
    (at(2), at(3) - at(1))
}

/// People with claims, and two groups without.
struct Groups {
    with: Vec<PersonNumber>,
    without: [Vec<PersonNumber>; 2],
}

/// What one attempt has measured.
struct Measured {
    /// Median difference between people with a claim and people without, nanoseconds.
    claim: i64,
    /// The same between two groups without, and the distance between the quartiles of its differences.
    control: i64,
    noise: i64,
}

impl Groups {
    /// Asks in turn about one of each group, beginning with another group each time, so that what comes and goes while it
    /// is measured meets all groups alike.
    fn measure(&self, ask: &mut dyn FnMut(PersonNumber)) -> Measured {
        let (mut claim, mut control) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            for index in 0..PEOPLE {
                let trio = [
                    self.with[index],
                    self.without[0][index],
                    self.without[1][index],
                ];
                let mut took = [0; 3];
                for turn in 0..3 {
                    let group = (round + index + turn) % 3;
                    took[group] = timed(ask, trio[group]);
                }
                claim.push(took[0] - took[1]);
                control.push(took[2] - took[1]);
            }
        }
        let (claim, _) = spread(claim);
        let (control, noise) = spread(control);
        Measured {
            claim,
            control,
            noise,
        }
    }
}

impl Measured {
    /// The difference that noise alone explains: the median of many differences lies well within half the distance of
    /// their quartiles, and the control shows what the order of asking does.
    fn bound(&self) -> i64 {
        self.noise / 2 + self.control.abs()
    }

    fn is_noise(&self) -> bool {
        self.claim.abs() <= self.bound()
    }
}

fn permit(role: Role, purpose: Purpose) -> Permit {
    let asker = Asker {
        agency: "TEST".to_owned(),
        officer: "T-1".to_owned(),
        roles: [role].into(),
        state: "IRN".to_owned(),
        rights: Right::ALL.iter().copied().collect(),
    };
    let permit = Matrix::newest().permit(&asker, purpose.code(), "law:art.4", "C-1");
    permit.unwrap()
}

/// A registry with three groups of like lives, of which one has lodged claims.
async fn build() -> (TestRegistry, Groups) {
    let registry = TestRegistry::start().await;
    let office = registry.client(REGISTRAR).await;
    let unit = registry.client(sabt_cli::cast::ASYLUM_UNIT).await;
    let authors = [
        registry.author(REGISTRAR.name),
        registry.author(sabt_cli::cast::ASYLUM_UNIT.name),
    ];
    let record = async |act: Act| {
        let (client, author) = if act.office == UNIT {
            (&unit, &authors[1])
        } else {
            (&office, &authors[0])
        };
        registry.submit(client, author, &act).await.unwrap()
    };
    let mut groups = Groups {
        with: Vec::new(),
        without: [Vec::new(), Vec::new()],
    };
    let mut last = 0;
    for index in 0..3 * PEOPLE {
        let body = Body::RegisterPerson(support::register(Sex::Female, "1370-01-01"));
        let registered = record(support::act("1398-01-01", body)).await;
        let person = registered.numbers[0].clone();
        let permit = support::temporary(
            &person,
            &format!("T-{index:03}"),
            ("1404-12-01", "1405-11-29"),
        );
        let receipt = record(support::act("1404-12-01", permit)).await;
        last = receipt.position + u64::from(receipt.parts);
        let number = person.parse().unwrap();
        match index % 3 {
            0 => groups.with.push(number),
            group => groups.without[group - 1].push(number),
        }
    }
    for person in &groups.with {
        let lodge = support::act("1405-01-01", support::lodge(&person.to_string()));
        let lodged = record(support::by_office(UNIT, lodge)).await;
        let heard = support::act("1405-02-01", support::interview(&lodged.numbers[0]));
        let receipt = record(support::by_office(UNIT, heard)).await;
        last = receipt.position + u64::from(receipt.parts);
    }
    let folded = registry.registry().wait_for(last, support::PATIENCE).await;
    assert!(folded);
    (registry, groups)
}

/// Bounds the difference in time between questions about people with a claim and about people without.
///
/// Measured is what the views do for an answer, in this process: no network, no disk and no other caller blurs it, so that
/// a difference would show here first. Three groups have like lives; one of them has claims, each with an interview. They
/// are asked about in turn, thousands of times. The median of the paired differences between the group with claims and one
/// without must lie within the noise of the same moment: half the distance between the quartiles of the differences between
/// the two groups *without*, plus whatever these two groups differ by. On a busy machine noise grows on both sides alike;
/// an attempt that something disturbed is repeated. That the measure would see a claim that was read is shown with the
/// asylum unit's own question, whose difference exceeds the same bound.
#[tokio::test(flavor = "multi_thread")]
async fn questions_take_as_long_with_a_claim_as_without() {
    let (registry, groups) = build().await;
    let served = std::sync::Arc::clone(registry.registry());
    let measured = tokio::task::spawn_blocking(move || {
        let views: &Views = served.views();
        let now = Timestamp::from_micros(NOW);
        let at = At {
            as_of: now.day_in_tehran(),
            known_at: now,
        };
        let (office, request) = (
            permit(Role::Registrar, Purpose::Registration),
            permit(Role::Registrar, Purpose::SubjectAccess),
        );
        let police = permit(Role::Police, Purpose::StayCheck);
        let unit = permit(Role::AsylumUnit, Purpose::AsylumProcedure);
        let enrolment = served.enrolment();
        let mut asks: Vec<(&str, bool, Ask<'_>)> = vec![
            (
                "GetPerson",
                false,
                Box::new(|who| drop(views.person(&office, who, &at).unwrap())),
            ),
            (
                "GetHistory",
                false,
                Box::new(|who| drop(views.history(&office, who, &at).unwrap())),
            ),
            (
                "VerifyStay",
                false,
                Box::new(|who| drop(views.verify_stay(&police, who, &at).unwrap())),
            ),
            (
                "ListDisclosures",
                false,
                Box::new(|who| {
                    drop(
                        views
                            .disclosures_about(&request, who, &enrolment, now)
                            .unwrap(),
                    );
                }),
            ),
            (
                "GetAsylumClaims",
                true,
                Box::new(|who| drop(views.asylum_claims(&unit, who, &at).unwrap())),
            ),
        ];
        for (name, reads_claims, ask) in &mut asks {
            let mut seen = Vec::new();
            let found = (0..ATTEMPTS).any(|_attempt| {
                let measured = groups.measure(ask);
                seen.push((measured.claim, measured.bound()));
                measured.is_noise() != *reads_claims
            });
            assert!(
                found,
                "{name}: median differences and bounds in ns: {seen:?}"
            );
        }
    });
    measured.await.unwrap();
    registry.stop().await;
}
