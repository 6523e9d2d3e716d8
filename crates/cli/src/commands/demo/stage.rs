//! What every scene needs: the registry being served, a connection for each player, and a way to tell what
//! was asked and seen.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use comfy_table::Table;
use sabt_population::Seed;
use sabt_proto::api::v1 as api;
use sabt_server::clock::Clock;
use sabt_server::config::Config;
use sabt_server::registry::Registry;
use sabt_server::serve::{self, Serving};
use serde_json::{Value, json};

use crate::args::PurposeArgs;
use crate::cast::{CAST, Player};
use crate::client::{Client, Credentials};
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::refused::Refused;
use crate::{render, text};

/// The registry and everybody who deals with it.
pub(crate) struct Stage<'a> {
    pub(crate) out: &'a mut Out,
    pub(crate) dir: PathBuf,
    pub(crate) registry: String,
    pub(crate) seed: Seed,
    pub(crate) clock: Clock,
    pub(crate) serving: Serving,
    clients: BTreeMap<&'static str, Client>,
    scene: &'static str,
}

/// Something that was asked, and how long the answer took.
pub(crate) struct Asking<'a> {
    who: Player,
    what: &'a str,
    took: Option<Duration>,
}

impl<'a> Asking<'a> {
    /// `took` is left out where there is nothing to measure.
    pub(crate) fn new(who: Player, what: &'a str, took: impl Into<Option<Duration>>) -> Self {
        let took = took.into();
        Self { who, what, took }
    }
}

impl<'a> Stage<'a> {
    /// The open registry.
    pub(crate) fn registry(&self) -> Result<&Arc<Registry>, CliError> {
        let copy = || CliError::Otherwise("a copy is served that may not be written".to_owned());
        self.serving.registry().ok_or_else(copy)
    }

    /// Serves the registry and connects everybody.
    pub(crate) async fn open(
        dir: &Path,
        config: &Config,
        seed: Seed,
        out: &'a mut Out,
    ) -> Result<Self, CliError> {
        let clock = Clock::system();
        let serving = serve::start(dir, config, clock.clone()).await?;
        let server = serving.addr().to_string();
        let mut clients = BTreeMap::new();
        for player in CAST {
            let credentials = Credentials::from_directory(dir, player.name)?;
            clients.insert(player.name, Client::connect(&server, &credentials).await?);
        }
        let (dir, registry) = (dir.to_owned(), config.registry.clone());
        Ok(Self {
            out,
            dir,
            registry,
            seed,
            clock,
            serving,
            clients,
            scene: "",
        })
    }

    /// The connection of a player.
    pub(crate) fn client(&self, player: Player) -> Result<Client, CliError> {
        let missing = || CliError::Otherwise(format!("{} is not on the stage", player.name));
        self.clients.get(player.name).cloned().ok_or_else(missing)
    }

    /// Begins a scene.
    pub(crate) fn begin(
        &mut self,
        number: u8,
        name: &'static str,
        story: &str,
    ) -> Result<(), CliError> {
        self.scene = name;
        self.out.heading(&format!("{number} of 6: the {name}"))?;
        self.out.prose(story, "")?;
        Ok(())
    }

    /// Tells what was asked and seen.
    pub(crate) fn tell(
        &mut self,
        asking: &Asking<'_>,
        answer: &Value,
        table: Option<Table>,
    ) -> Result<(), CliError> {
        let Asking { who, what, took } = asking;
        let name = format!("{}/{}", who.agency, who.officer);
        self.out.json(&json!({
            "scene": self.scene, "who": name, "asked": what, "answer": answer,
            "micros": took.map(|span| u64::try_from(span.as_micros()).unwrap_or(u64::MAX)),
        }))?;
        // The unit stays with its number where the line breaks.
        let shown = |span| format!(" ({})", text::duration(span).replace(' ', "\u{a0}"));
        let took = took.map(shown).unwrap_or_default();
        self.out.say("")?;
        self.out.prose(&format!("> {name} {what}{took}"), "")?;
        if let Some(table) = table {
            self.out.table(table, "  nothing")?;
        }
        Ok(())
    }

    /// Says something about what was seen.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), CliError> {
        Ok(self.out.prose(text, "  ")?)
    }

    /// Tells that something was refused, as it should be; anything else is not as it should be.
    pub(crate) fn tell_refused<T>(
        &mut self,
        asking: &Asking<'_>,
        outcome: Result<T, tonic::Status>,
    ) -> Result<(), CliError> {
        let Err(status) = outcome else {
            return Err(CliError::Otherwise(format!(
                "{} {} and was answered: the access matrix should have refused",
                asking.who.name, asking.what
            )));
        };
        let Some(refused) = Refused::from_status(&status) else {
            return Err(status.into());
        };
        let mut table = render::table(["refused", &refused.reason]);
        table.add_row(["what", &refused.message]);
        table.add_row(["rule", &refused.rule]);
        table.add_row(["remedy", &refused.remedy]);
        self.tell(asking, &refused.to_json(), Some(table))
    }
}

/// The purpose that fits a player.
pub(crate) fn purpose_of(player: Player) -> Result<Option<api::Purpose>, CliError> {
    purpose(&PurposeArgs::default(), player.name, Asked::Data).map(Some)
}

/// Waits for an answer and says how long it took.
pub(crate) async fn timed<T>(answer: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    let value = answer.await;
    (value, begun.elapsed())
}
