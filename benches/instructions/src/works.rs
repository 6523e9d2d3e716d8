//! The functions that are counted, on inputs that are the same in every run.

use std::hint::black_box;

use prost::Message as _;
use sabt_chain::frame::{Frame, FrameBuilder};
use sabt_chain::tree::Frontier;
use sabt_chain::{Chain, Epoch, Hash, LedgerName, Origin, Position};
use sabt_domain::act::{Act, SubjectId};
use sabt_domain::decide::{Facts, Need, States, decide, needs};
use sabt_domain::event::Event;
use sabt_domain::governance::Author;
use sabt_domain::life::{At, Life};
use sabt_domain::time::Timestamp;
use sabt_population::reference::Reference;
use sabt_population::{PlannedAct, Population, Resolver, Scale, Seed};
use sabt_proto::event::v1::act::Body;
use sabt_vault::seal::{RecordPlace, open, seal_into};
use sabt_vault::secret::SecretKey;
use sabt_views::Views;
use sabt_views::store::MemoryStore;

use crate::Outcome;
use crate::ledger::{REGISTRY, SealedFrame};

const SEED: Seed = Seed(7);

/// Persons from whose lives inputs are taken.
const PERSONS: u32 = 120;

/// When everything is received: 18 November 2026, after the last day of the population.
const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

/// A plaintext of usual length.
const PLAINTEXT: [u8; 300] = [0x5a; 300];

const PLACE: RecordPlace<'static> = RecordPlace {
    origin: "bench.example/sabt/events",
    position: 7,
    act_id: [1; 16],
};

/// A function that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    LinkAndLeaf,
    EncodeFrame,
    DecodeFrame,
    Seal,
    Open,
    DecodeEvent,
    Decide,
    FoldLife,
    FoldViews,
}

impl Work {
    pub(crate) const ALL: [Self; 9] = [
        Self::LinkAndLeaf,
        Self::EncodeFrame,
        Self::DecodeFrame,
        Self::Seal,
        Self::Open,
        Self::DecodeEvent,
        Self::Decide,
        Self::FoldLife,
        Self::FoldViews,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::LinkAndLeaf => "link-and-leaf",
            Self::EncodeFrame => "encode-frame",
            Self::DecodeFrame => "decode-frame",
            Self::Seal => "seal",
            Self::Open => "open",
            Self::DecodeEvent => "decode-event",
            Self::Decide => "decide",
            Self::FoldLife => "fold-life",
            Self::FoldViews => "fold-views",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|work| work.name() == name)
    }

    /// Does it so many times.
    pub(crate) fn run(self, times: u64) -> Outcome<()> {
        match self {
            Self::LinkAndLeaf => link_and_leaf(times),
            Self::EncodeFrame => encode_frame(times),
            Self::DecodeFrame => decode_frame(times),
            Self::Seal => seal(times),
            Self::Open => open_sealed(times),
            Self::DecodeEvent => decode_event(times),
            Self::Decide => decide_act(times),
            Self::FoldLife => fold_life(times),
            Self::FoldViews => fold_views(times),
        }
    }
}

/// Link and leaf of one envelope, and its place in the tree.
fn link_and_leaf(times: u64) -> Outcome<()> {
    let chain = Chain::new(&Origin::new(REGISTRY, LedgerName::Events)?);
    let envelope = [0x5a; 224];
    for _ in 0..times {
        black_box(chain.link(black_box(&envelope)));
        // A tree of the same size each time: how many nodes a leaf closes depends on it.
        let mut tree = Frontier::new();
        tree.append(Hash::leaf(black_box(&envelope)));
        black_box(tree);
    }
    Ok(())
}

/// A frame of the events of a life.
fn encode_frame(times: u64) -> Outcome<()> {
    let sealed = SealedFrame::of(&payloads()?)?;
    let frame = Frame::parse(&sealed.frame)?;
    let records: Vec<_> = frame.records().collect();
    for _ in 0..times {
        let previous = frame.header().previous();
        let mut builder = FrameBuilder::new(Epoch::new(1), Position::FIRST, previous);
        for record in &records {
            let envelope = record.envelope.encode()?;
            builder.push(&envelope, record.sealed)?;
        }
        black_box(builder.finish()?);
    }
    Ok(())
}

fn decode_frame(times: u64) -> Outcome<()> {
    let sealed = SealedFrame::of(&payloads()?)?;
    for _ in 0..times {
        let frame = Frame::parse(black_box(&sealed.frame))?;
        black_box(frame.records().count());
    }
    Ok(())
}

fn seal(times: u64) -> Outcome<()> {
    let key = SecretKey::copied_from(&[9; 32]);
    for _ in 0..times {
        let mut out = Vec::with_capacity(512);
        seal_into(&key, &PLACE, black_box(&PLAINTEXT), 0, &mut out)?;
        black_box(out);
    }
    Ok(())
}

fn open_sealed(times: u64) -> Outcome<()> {
    let key = SecretKey::copied_from(&[9; 32]);
    let mut sealed = Vec::new();
    seal_into(&key, &PLACE, &PLAINTEXT, 0, &mut sealed)?;
    for _ in 0..times {
        black_box(open(&key, &PLACE, black_box(&sealed), 0)?);
    }
    Ok(())
}

/// The stored events of a life.
fn decode_event(times: u64) -> Outcome<()> {
    let payloads = payloads()?;
    for _ in 0..times {
        for payload in &payloads {
            black_box(Event::decode(black_box(payload))?);
        }
    }
    Ok(())
}

/// A change of address.
fn decide_act(times: u64) -> Outcome<()> {
    let (states, act, facts) = change_of_address()?;
    for _ in 0..times {
        let decided = decide(black_box(&states), &act, &facts);
        black_box(decided.map_err(|refusal| refusal.reason().code())?);
    }
    Ok(())
}

/// The longest of some lives, from its events to the person.
fn fold_life(times: u64) -> Outcome<()> {
    let life = longest_life()?;
    for _ in 0..times {
        let mut folded = Life::default();
        for recorded in life.records() {
            folded.apply(recorded.clone());
        }
        black_box(folded.person(&At::END));
    }
    Ok(())
}

/// The same events as records, into views.
fn fold_views(times: u64) -> Outcome<()> {
    let sealed = SealedFrame::of(&payloads()?)?;
    let frame = Frame::parse(&sealed.frame)?;
    for _ in 0..times {
        let store = Box::new(MemoryStore::new());
        let (views, _access) = Views::open(store, sealed.vault.clone(), REGISTRY)?;
        black_box(views.fold_events(frame.records())?);
    }
    Ok(())
}

/// What is stored of the longest life.
fn payloads() -> Outcome<Vec<Vec<u8>>> {
    let life = longest_life()?;
    let events = life.records().iter().map(|recorded| &recorded.event);
    Ok(events.map(|event| event.encode(None)).collect())
}

/// A registry in memory before and after each act of a population, for as long as `until` wants more.
fn live(
    mut until: impl FnMut(&Reference, &PlannedAct, &Act) -> Outcome<bool>,
) -> Outcome<Reference> {
    let refused = |refusal: sabt_domain::refusal::Refusal| refusal.reason().code();
    let mut registry = Reference::founded(SEED, NOW).map_err(refused)?;
    let mut population = Population::new(SEED, Scale { persons: PERSONS }).families_alone();
    while let Some(family) = population.next_lane() {
        let mut resolver = Resolver::new();
        for planned in family.iter().filter(|planned| planned.is_accepted()) {
            let act = planned.resolve(&resolver)?;
            let read = Act::decode(&act.encode_to_vec()).map_err(refused)?;
            if until(&registry, planned, &read)? {
                return Ok(registry);
            }
            let receipt = registry
                .submit(&planned.author, &act, NOW)
                .map_err(refused)?;
            resolver.record(planned, &receipt.numbers)?;
        }
    }
    Ok(registry)
}

fn longest_life() -> Outcome<Life> {
    let registry = live(|_, _, _| Ok(false))?;
    let lives = registry.states().lives.iter();
    let persons = lives.filter(|(subject, _)| matches!(subject, SubjectId::Person(_)));
    let longest = persons.max_by_key(|(_, life)| life.records().len());
    Ok(longest.ok_or("nobody lives")?.1.clone())
}

/// A change of address that is accepted, with everything that deciding it needs.
fn change_of_address() -> Outcome<(States, Act, Facts)> {
    let mut found = None;
    live(|registry, planned, act| {
        if matches!(planned.act.body, Some(Body::ChangeAddress(_))) {
            found = Some((
                registry.states().clone(),
                planned.author.clone(),
                act.clone(),
            ));
        }
        Ok(found.is_some())
    })?;
    let (mut states, author, act) = found.ok_or("nobody moves")?;
    let agency = author.agency.parse()?;
    let enrolled = states.enrolment.agency(&agency);
    let roles = enrolled
        .map(|agency| agency.roles.clone())
        .unwrap_or_default();
    let author = Author {
        agency,
        office: Some(author.office.parse()?),
        roles,
        supervisor: None,
        emergency_officer: None,
    };
    for need in needs(&act, &author, &states) {
        if let Need::Life(subject) = need {
            states.lives.entry(subject).or_default();
        } else if let Need::Act(id) = need {
            states.acts.entry(id).or_default();
        } else {
            return Err("a change of address needs more than lives".into());
        }
    }
    let facts = Facts {
        now: NOW,
        author,
        new_persons: Vec::new(),
        new_households: Vec::new(),
        new_claims: Vec::new(),
        new_campaigns: Vec::new(),
        new_cases: Vec::new(),
        new_biometrics: Vec::new(),
        new_sites: Vec::new(),
    };
    Ok((states, act, facts))
}
