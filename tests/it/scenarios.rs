//! Scenarios of services in plain words (`tests/scenarios/`), played through the front door: acts are signed and submitted,
//! and what came of them is asked, over mutual TLS.
//!
//! A scenario is a list of sentences. `Given` says who there is, `On` a day what an office records, `Then` what follows. What
//! an office records must be accepted, unless `Then it is refused: REASON` stands behind it. A sentence that is not one of
//! those in the modules `acts` and `answers` fails the test, with its file and line.

mod acts;
mod answers;
pub(crate) mod coverage;
mod read;
mod residence;
mod stage;

use std::collections::BTreeSet;

use self::read::{Sentence, scenarios};
use self::stage::Stage;

/// Scenarios that there are at least.
const SCENARIOS_MIN: usize = 150;

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_goes_as_it_is_written() {
    let mut stage = Stage::build().await;
    let mut titles = BTreeSet::new();
    for scenario in scenarios() {
        assert!(
            titles.insert(scenario.title.clone()),
            "{} twice",
            scenario.title
        );
        stage.clear();
        for line in &scenario.lines {
            let place = format!("{}:{} ({})", scenario.file, line.number, scenario.title);
            match &line.sentence {
                Sentence::Given(text) => stage.given(text).await,
                Sentence::On(date, text) => {
                    stage.settled(&place);
                    stage.on(date, text).await
                }
                Sentence::Then(text) => stage.then(text, &place).await,
            }
            .unwrap_or_else(|| {
                panic!("{place}: not a sentence that is known: {:?}", line.sentence)
            });
        }
        stage.settled(&format!("the end of {}", scenario.title));
    }
    assert!(SCENARIOS_MIN <= titles.len(), "{} scenarios", titles.len());
}
