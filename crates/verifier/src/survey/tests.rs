use super::*;
use crate::tests::support::Registry;

fn run_of(registry: &Registry) -> FrameRun {
    let frames = registry.events.frames.iter();
    FrameRun {
        file: Arc::from("file"),
        offset: 4096,
        bytes: frames.flat_map(|frame| frame.bytes.clone()).collect(),
        parsed: false,
    }
}

fn survey(registry: &Registry, cuts: &[u64]) -> Surveyed {
    let cuts: Vec<Size> = cuts.iter().copied().map(Size::new).collect();
    survey_run(&registry.events.chain, &run_of(registry), &cuts)
}

#[test]
fn a_survey_takes_the_ordinary_apart_from_the_special() {
    let registry = Registry::complete();
    let Surveyed::Sound(survey) = survey(&registry, &[3, 5, 900]) else {
        panic!("sound")
    };
    let records = registry.events.state.size().get();
    assert_eq!(survey.stretch.count(), records);
    assert_eq!(survey.frames, registry.events.frames.len() as u64);
    assert_eq!(survey.events + survey.specials.len() as u64, records);
    // Three to found it, an anchor, a key, a revocation, an erasure, and the payload erased.
    assert_eq!(survey.specials.len(), 8);
    assert_eq!(survey.acts.len(), survey.claims.len());
    let erased = survey
        .specials
        .iter()
        .find(|special| special.record.examined.payload == PayloadState::Erased);
    assert_eq!(erased.unwrap().record.envelope.kind, Kind::Event);
}

#[test]
fn leaves_are_those_of_the_survey_from_anywhere() {
    let registry = Registry::complete();
    let run = run_of(&registry);
    let whole = leaves_of_run(&run, Size::EMPTY, &[Size::new(4), Size::new(7)]).unwrap();
    let ends: Vec<u64> = whole.iter().map(|(range, _)| range.end().get()).collect();
    assert_eq!(ends, [4, 7, registry.events.state.size().get()]);
    let mut tree = sabt_chain::tree::Frontier::new();
    for (range, _) in &whole {
        tree.extend(range).unwrap();
    }
    assert_eq!(
        whole.last().map(|(_, time)| *time),
        registry.events.state.recorded_at
    );
    assert_eq!(tree, registry.events.state.frontier);
    let later = leaves_of_run(&run, Size::new(5), &[]).unwrap();
    assert_eq!(later[0].0.start(), Size::new(5));
    assert_eq!(later[0].0.end(), registry.events.state.size());
}

#[test]
fn any_flipped_bit_makes_a_run_odd_or_unparsable() {
    let registry = Registry::complete();
    let whole = run_of(&registry);
    for at in 0..whole.bytes.len() {
        let mut run = FrameRun {
            file: Arc::clone(&whole.file),
            bytes: whole.bytes.clone(),
            ..whole
        };
        run.bytes[at] ^= 1;
        match survey_run(&registry.events.chain, &run, &[]) {
            Surveyed::Sound(_) => panic!("byte {at}"),
            Surveyed::Odd => assert_eq!(frames_length(&run), run.bytes.len()),
            Surveyed::Unparsable => assert!(frames_length(&run) < run.bytes.len()),
        }
    }
}
