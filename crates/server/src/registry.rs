//! One open registry: both ledgers, the vault, the views, the two writers, and what readers need of them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, ScopedJoinHandle};
use std::time::Duration;

use arc_swap::ArcSwap;
use sabt_chain::authorship::{AuthorKey, AuthorshipError};
use sabt_chain::{Chain, LedgerName, Origin, OriginError, Position, Size};
use sabt_domain::access::{Asker, Matrix};
use sabt_domain::act::SubjectId;
use sabt_domain::fact::AgencyCode;
use sabt_domain::governance::Enrolment;
use sabt_domain::refusal::{Reason, Refusal};
use sabt_journal::storage::Storage;
use sabt_journal::{
    Archive, Backend, CopyError, FileJournal, OpenEpochError, OpenError as JournalError, Options,
    Owner, ReadError, Unrecovered, lock_directory,
};
use sabt_proto::api::v1 as api;
use sabt_vault::Vault;
use sabt_vault::files::PrivateFileError;
use sabt_vault::numbers::NumberKind;
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_vault::routing::RoutingKey;
use sabt_vault::secrets::KeyRing;
use sabt_vault::slots::KeyFileError;
use sabt_views::store::{FjallOptions, FjallStore, Store, StoreError};
use sabt_views::{
    FoldError, Marks, OpenError as ViewsOpenError, Rebuild, ResumeError, Views, ViewsError,
    WriterAccess,
};
use tokio::sync::watch;

use crate::checkpoint::{
    self, CheckpointError, Checkpointer, LogKeys, Logs, Signers, Unverified, Witnesses,
};
use crate::clock::Clock;
use crate::config::{Config, Engine};
use crate::crash;
use crate::disclose::{self, Discloser};
use crate::erase::{self, CarryOutError, Hold};
use crate::fault::Fault;
use crate::folder::{self, Folder, Portions};
use crate::grants::Grants;
use crate::identity::Caller;
use crate::ledger::Appender;
use crate::limits::{MIN_POSITION_WAIT, REBUILD_REST_RECORDS, REBUILD_ROUNDS_MAX};
use crate::rates::Rates;
use crate::remembered::Signatures;
use crate::scrub;
use crate::scrub::{Scrubber, Scrubbing};
use crate::statistics::StatisticsDesk;
use crate::tree::{Filler, StoredTree};
use crate::writer::{self, Submitter, VerifiedAct, VerifiedErasure, Writer};

/// Why a registry does not open.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The name cannot stand in an origin.
    #[error("the registry's name cannot be used: {0}")]
    Name(#[from] OriginError),
    /// A ledger does not open.
    #[error("the {ledger} ledger does not open: {source}")]
    Journal {
        /// Which ledger.
        ledger: &'static str,
        /// Why, with the remedy.
        #[source]
        source: JournalError,
    },
    /// A ledger cannot be taken over.
    #[error("the ledger cannot be taken over: {0}")]
    Epoch(#[from] OpenEpochError),
    /// A ledger cannot be read.
    #[error("the ledger cannot be read: {0}")]
    Read(#[from] ReadError),
    /// The secrets of the registry cannot be read.
    #[error("the keys cannot be read: {0}")]
    Secrets(#[from] PrivateFileError),
    /// The vault does not open.
    #[error("the vault does not open: {0}")]
    Vault(#[from] KeyFileError),
    /// The store of the views does not open.
    #[error("the store of the views does not open: {0}")]
    Store(#[from] StoreError),
    /// The views do not open.
    #[error(
        "the views do not open: {0}\n  remedy: `sabt rebuild` folds them anew from the ledgers"
    )]
    Views(#[from] ViewsOpenError),
    /// The views were folded from another ledger than this one.
    #[error("the views do not fit the ledger: {0}\n  remedy: `sabt rebuild` folds them anew")]
    Resume(#[from] ResumeError),
    /// The views cannot be read.
    #[error("the views cannot be read: {0}")]
    Query(#[from] ViewsError),
    /// A record cannot be folded.
    #[error("the views cannot be folded: {0}")]
    Fold(#[from] FoldError),
    /// An erasure that is recorded cannot be carried out.
    #[error("an erasure that is recorded cannot be carried out: {0}")]
    Erasure(#[from] CarryOutError),
    /// The signed checkpoint does not fit the ledger, or cannot be made.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A directory of views cannot be put in its place, or removed.
    #[error("a directory of views cannot be moved or removed: {0}")]
    Files(#[source] std::io::Error),
    /// A thread cannot be started.
    #[error("a thread cannot be started: {0}")]
    Thread(#[source] std::io::Error),
    /// A ledger that another process serves cannot be read.
    #[error("the ledger cannot be read beside the process that serves it: {0}")]
    Beside(#[from] CopyError),
    /// What was folded anew is gone.
    #[error(
        "something was erased, or the registry was started, while the views were folded, and what was folded is gone\n  \
         remedy: run `sabt rebuild` again"
    )]
    Discarded,
    /// The build has no such engine.
    #[error(
        "this build has no sled engine\n  remedy: build with `--features sled`, or set views.engine = \"fjall\""
    )]
    NoSled,
}

/// Where the parts of a registry stand in its directory.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout of a directory.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Secrets, log keys, development certificates.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// Keys of subjects and audit epochs.
    pub fn vault(&self) -> PathBuf {
        self.root.join("vault")
    }

    /// A ledger.
    pub fn ledger(&self, ledger: LedgerName) -> PathBuf {
        self.root.join(ledger.as_str())
    }

    /// The views.
    pub fn views(&self) -> PathBuf {
        self.root.join("views")
    }

    /// Where views wait that were folded anew while the registry was served.
    pub fn views_next(&self) -> PathBuf {
        self.root.join("views.next")
    }

    /// Where a rebuild makes new views before they take the place of the old.
    pub fn views_rebuilding(&self) -> PathBuf {
        self.root.join("views.rebuilding")
    }
}

/// One ledger, for readers.
#[derive(Clone)]
pub struct Ledger {
    /// Its links.
    pub chain: Chain,
    /// Its records.
    pub journal: Arc<dyn Backend>,
}

impl Ledger {
    /// The ledger in a journal.
    pub(crate) fn of(journal: &Arc<FileJournal>) -> Self {
        Self {
            chain: journal.chain().clone(),
            journal: Arc::clone(journal) as Arc<dyn Backend>,
        }
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger")
            .field("origin", &self.chain.origin().as_str())
            .finish_non_exhaustive()
    }
}

/// One open registry.
pub struct Registry {
    name: String,
    clock: Clock,
    events: Ledger,
    disclosures: Ledger,
    events_routing: RoutingKey,
    vault: Arc<Vault>,
    views: Arc<Views>,
    statistics: Arc<StatisticsDesk>,
    enrolment: Arc<ArcSwap<Enrolment>>,
    position: watch::Receiver<u64>,
    fault: Arc<Fault>,
    submitter: Submitter,
    discloser: Discloser,
    log_keys: LogKeys,
    checkpointer: Checkpointer,
    trees: Trees,
    signatures: Signatures,
    /// Of questions, and of refusals of other calls.
    rates: [Rates; 2],
    scrubber: Scrubber,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Registry {
    /// Makes the ledgers, the vault and the views of a new registry. The founding acts are then submitted
    /// like any other act.
    ///
    /// # Errors
    /// [`RegistryError`]; what exists is never overwritten.
    pub fn create(dir: &Path, config: &Config) -> Result<(), RegistryError> {
        let layout = Layout::new(dir);
        let ring = KeyRing::open(&layout.keys())?;
        drop(Vault::create(&layout.vault(), &config.registry, ring)?);
        for ledger in LedgerName::ALL {
            let origin = Origin::new(&config.registry, ledger)?;
            let options = journal_options(config);
            drop(
                FileJournal::create(&layout.ledger(ledger), &origin, &options)
                    .map_err(|source| journal_error(ledger, source))?,
            );
        }
        Ok(())
    }

    /// Opens a registry: recovers the ledgers, catches the views up, starts the writers.
    ///
    /// # Errors
    /// [`RegistryError`]; nothing is repaired silently.
    pub fn open(dir: &Path, config: &Config, clock: Clock) -> Result<Self, RegistryError> {
        let layout = Layout::new(dir);
        let vault = open_vault(&layout, config)?;
        let (journals, (views, access)) = open_stores(&layout, config, &vault)?;
        let [events, disclosures] = journals.each_ref().map(Ledger::of);
        let trees = Trees::open(&layout, &events, &disclosures).map_err(RegistryError::Thread)?;
        let unverified = trees.read_back(&layout)?;

        let enrolment = Arc::new(ArcSwap::from_pointee(Enrolment::default()));
        let (announce, position) = watch::channel(0);
        let mut folder = Folder::new(LedgerName::Events, &events, &views, &enrolment)
            .announcing(access, announce);
        let mut answers = Folder::new(LedgerName::Disclosures, &disclosures, &views, &enrolment);
        catch_up(&events, &vault, &views, [&mut folder, &mut answers])?;

        let signers = Signers::new(&layout.keys(), &enrolment, &clock);
        let witnesses = Witnesses::open(dir, &config.checkpoints).map_err(CheckpointError::from)?;
        let logs = Logs::establish(unverified, trees.both(), signers, witnesses)?;

        let fault = Arc::new(Fault::default());
        let appender = |ledger: &Ledger| {
            Appender::open(ledger.clone(), Arc::clone(&vault), clock.clone(), &owner())
        };
        let (discloser, disclosing) =
            disclose::start(appender(&disclosures)?, answers, Arc::clone(&fault))
                .map_err(RegistryError::Thread)?;
        let (submitter, writing) = writer::start(Writer {
            appender: appender(&events)?,
            vault: Arc::clone(&vault),
            views: Arc::clone(&views),
            folder,
            fault: Arc::clone(&fault),
            layout: layout.clone(),
        })
        .map_err(RegistryError::Thread)?;
        let (checkpointer, signing) = Checkpointer::start(checkpoint::Setup {
            logs,
            folded: position.clone(),
            events: submitter.anchorer(),
            disclosures: discloser.anchorer(),
            anchor_every: Duration::from_secs(config.checkpoints.anchor_every_secs.into()),
            fault: Arc::clone(&fault),
        })?;
        let (scrubber, scrubbing) = scrub::start(Scrubbing {
            journals,
            clock: clock.clone(),
            bytes_per_second: config.scrub.bytes_per_second,
        })
        .map_err(RegistryError::Thread)?;
        Ok(Self {
            name: config.registry.clone(),
            clock,
            events_routing: vault.routing_key(events.chain.origin().as_str()),
            events,
            disclosures,
            vault,
            views,
            statistics: Arc::default(),
            enrolment,
            position,
            fault,
            submitter,
            discloser,
            log_keys: LogKeys::of(&layout.keys()),
            checkpointer,
            trees,
            signatures: Signatures::default(),
            rates: [(); 2].map(|()| Rates::new(&config.questions)),
            scrubber,
            threads: Mutex::new(vec![scrubbing, disclosing, writing, signing]),
        })
    }

    /// Stops the writers after what they hold is durable, signs a last checkpoint, and closes.
    pub fn close(self) {
        let Self {
            submitter,
            discloser,
            checkpointer,
            scrubber,
            threads,
            views,
            statistics,
            ..
        } = self;
        statistics.stop();
        drop(scrubber);
        drop(submitter);
        drop(discloser);
        let mut threads = threads.into_inner().unwrap_or_else(PoisonError::into_inner);
        let signing = threads.pop();
        for thread in threads {
            join(thread);
        }
        // The writers have stopped: the last checkpoint covers everything.
        drop(checkpointer);
        signing.into_iter().for_each(join);
        if let Err(err) = views.persist() {
            tracing::warn!(error = %err, "the views were not flushed; they resume from the ledger");
        }
    }

    /// Name of the registry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The access matrix in force: that of the policy that governance adopted last.
    ///
    /// # Errors
    /// [`Refusal`] if there is none, or none that this program can apply; then nothing is open.
    pub fn matrix(&self) -> Result<&'static Matrix, Refusal> {
        self.enrolment.load().matrix()
    }

    /// Name of the edition adopted last, whether this program can apply it or not; empty if there is none.
    pub(crate) fn edition(&self) -> String {
        let enrolment = self.enrolment.load();
        enrolment
            .policy()
            .map(|policy| policy.edition.clone())
            .unwrap_or_default()
    }

    /// A ledger, for readers.
    pub fn ledger(&self, ledger: LedgerName) -> &Ledger {
        match ledger {
            LedgerName::Events => &self.events,
            LedgerName::Disclosures => &self.disclosures,
        }
    }

    /// The Merkle tree of a ledger, for proofs and tiles.
    pub(crate) fn tree(&self, ledger: LedgerName) -> &Arc<StoredTree> {
        match ledger {
            LedgerName::Events => &self.trees.events,
            LedgerName::Disclosures => &self.trees.disclosures,
        }
    }

    /// What the scrubber has found in a ledger, and how far it is.
    pub(crate) fn scrub_status(&self, ledger: LedgerName) -> api::ScrubStatus {
        self.scrubber.status(ledger)
    }

    /// The ledger with this origin, which its log keys are named like too.
    pub(crate) fn ledger_named(&self, origin: &str) -> Option<LedgerName> {
        LedgerName::ALL
            .into_iter()
            .find(|name| self.ledger(*name).chain.origin().as_str() == origin)
    }

    /// Reads subjects off the envelopes of the events ledger.
    pub(crate) fn events_routing(&self) -> &RoutingKey {
        &self.events_routing
    }

    /// The read models; every query wants a permit.
    pub fn views(&self) -> &Views {
        &self.views
    }

    /// Where statistics are counted, and the views that they are counted from.
    pub(crate) fn statistics(&self) -> (Arc<StatisticsDesk>, Arc<Views>) {
        (Arc::clone(&self.statistics), Arc::clone(&self.views))
    }

    /// Agencies, keys and offices as the ledger enrols them.
    pub fn enrolment(&self) -> Arc<Enrolment> {
        self.enrolment.load_full()
    }

    /// The first fault, if there was one.
    pub fn fault(&self) -> &Arc<Fault> {
        &self.fault
    }

    pub(crate) fn submitter(&self) -> &Submitter {
        &self.submitter
    }

    pub(crate) fn discloser(&self) -> &Discloser {
        &self.discloser
    }

    /// Grants whose signature was verified.
    pub(crate) fn grants(&self) -> &Grants {
        &self.signatures.grants
    }

    /// Reads an author's public key, unless it was read before. Whether it may sign is for the enrolment to say, each time.
    ///
    /// # Errors
    /// As [`AuthorKey::from_bytes`].
    pub(crate) fn author_key(
        &self,
        public: &[u8; AuthorKey::BYTES],
    ) -> Result<Arc<AuthorKey>, AuthorshipError> {
        self.signatures
            .author_keys
            .get(public, || AuthorKey::from_bytes(public).map(Arc::new))
    }

    /// How much whoever asks may ask.
    pub(crate) fn rates(&self) -> &Rates {
        let [questions, _] = &self.rates;
        questions
    }

    /// How many refusals of calls that are no questions are recorded of whoever calls.
    pub(crate) fn refusal_rates(&self) -> &Rates {
        let [_, refusals] = &self.rates;
        refusals
    }

    /// The private halves of the log keys.
    pub(crate) fn log_keys(&self) -> &LogKeys {
        &self.log_keys
    }

    /// The keys that sign what persons are handed: those of the events log.
    pub(crate) fn signers(&self) -> Signers {
        self.log_keys.signers(&self.enrolment, &self.clock)
    }

    pub(crate) fn checkpointer(&self) -> &Checkpointer {
        &self.checkpointer
    }

    /// Who a caller is, by the enrolment in force.
    pub(crate) fn asker(&self, caller: &Caller) -> Result<Asker, Refusal> {
        let rule = "design:7.1";
        let unknown = || Refusal::new(Reason::UnknownAgency, rule);
        let code: AgencyCode = caller.agency.parse().map_err(|_invalid| unknown())?;
        let enrolment = self.enrolment.load();
        let Some(agency) = enrolment.agency(&code) else {
            let revoked = enrolment.knows_agency(&code);
            return Err(if revoked {
                Refusal::new(Reason::RevokedAgency, rule)
            } else {
                unknown()
            });
        };
        Ok(Asker {
            agency: caller.agency.clone(),
            officer: caller.officer.clone(),
            roles: agency.roles.clone(),
            state: agency.state.as_str().to_owned(),
            rights: agency.rights.clone(),
        })
    }

    /// Submits a governance act without a network: founding a registry, and enrolling whoever may then call.
    ///
    /// # Errors
    /// [`Refusal`], as over the network; acts of offices are refused.
    pub async fn found(&self, signed: api::SignedAct) -> Result<api::Receipt, Refusal> {
        let act = crate::api::verify(self, signed)?;
        if !act.act.body.kind().is_governance() {
            return Err(Refusal::new(Reason::RoleNotAllowed, "design:4 governance"));
        }
        self.submit(act).await
    }

    /// Submits one act. Whoever has the receipt of a governance act can rely on it at once: a key that was enrolled
    /// signs, one that was revoked does not. So that receipt is given when the enrolment has been folded.
    pub(crate) async fn submit(&self, act: VerifiedAct) -> Result<api::Receipt, Refusal> {
        let governs = act.act.body.kind().is_governance();
        let receipt = self.submitter.submit(act).await?;
        if governs {
            let folded = receipt.position + u64::from(receipt.parts);
            // Too late is no refusal: the act is recorded, and takes effect with the fold.
            self.wait_for(folded, MIN_POSITION_WAIT).await;
        }
        Ok(receipt)
    }

    /// Has an order of erasure carried out.
    pub(crate) async fn erase(
        &self,
        erasure: VerifiedErasure,
    ) -> Result<api::EraseResponse, Refusal> {
        self.submitter.erase(erasure).await
    }

    /// The internal ordinal of a person, household, campaign, site or claim to asylum.
    pub(crate) fn ordinal(&self, subject: &SubjectId) -> Option<SubjectOrdinal> {
        let numbering = self.vault.numbering();
        match subject {
            SubjectId::Person(number) => numbering.ordinal(NumberKind::Person, number.serial()),
            SubjectId::Household(code) => numbering.ordinal(NumberKind::Household, code.serial()),
            SubjectId::Case(number) => numbering.ordinal(NumberKind::Case, number.serial()),
            SubjectId::AsylumClaim(number) => {
                numbering.ordinal(NumberKind::AsylumClaim, number.serial())
            }
            SubjectId::Campaign(number) => numbering.ordinal(NumberKind::Campaign, number.serial()),
            SubjectId::Site(number) => numbering.ordinal(NumberKind::Site, number.serial()),
            SubjectId::Biometric(number) => {
                numbering.ordinal(NumberKind::Biometric, number.serial())
            }
            SubjectId::Registry | SubjectId::Agency(_) | SubjectId::Office(_) => None,
        }
    }

    /// Number of events the views reflect.
    pub fn views_position(&self) -> u64 {
        *self.position.borrow()
    }

    /// Waits until the views reflect `wanted` events, or until the time is up; true if they do.
    pub async fn wait_for(&self, wanted: u64, at_most: Duration) -> bool {
        if wanted <= self.views_position() {
            return true;
        }
        let mut position = self.position.clone();
        let reached = position.wait_for(|position| wanted <= *position);
        matches!(tokio::time::timeout(at_most, reached).await, Ok(Ok(_)))
    }

    /// A new `UUIDv7` for one question.
    pub(crate) fn new_id(&self) -> uuid::Uuid {
        self.clock.new_id()
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The Merkle trees of both ledgers, and the threads with which they begin.
struct Trees {
    events: Arc<StoredTree>,
    disclosures: Arc<StoredTree>,
    _fillers: [Filler; 2],
}

impl Trees {
    fn open(layout: &Layout, events: &Ledger, disclosures: &Ledger) -> std::io::Result<Self> {
        let open = |name, ledger: &Ledger| StoredTree::open(ledger.clone(), &layout.ledger(name));
        let (events, filling_events) = open(LedgerName::Events, events)?;
        let (disclosures, filling_disclosures) = open(LedgerName::Disclosures, disclosures)?;
        Ok(Self {
            events,
            disclosures,
            _fillers: [filling_events, filling_disclosures],
        })
    }

    fn both(&self) -> [Arc<StoredTree>; 2] {
        [Arc::clone(&self.events), Arc::clone(&self.disclosures)]
    }

    /// Reads what was signed last and what has come since; the trees see the records pass by.
    fn read_back(&self, layout: &Layout) -> Result<[Unverified; 2], CheckpointError> {
        let read = |tree: &Arc<StoredTree>| {
            let ledger = tree.ledger().clone();
            let directory = layout.ledger(ledger.chain.origin().ledger());
            let files = checkpoint::Files::open(&directory)?;
            Unverified::read(ledger, files, vec![Box::new(Arc::clone(tree))])
        };
        Ok([read(&self.events)?, read(&self.disclosures)?])
    }
}

/// Brings the views up to the ledgers, without anything that was erased.
fn catch_up(
    events: &Ledger,
    vault: &Vault,
    views: &Views,
    [folder, answers]: [&mut Folder; 2],
) -> Result<(), RegistryError> {
    finish_erasures(events, vault, views.marks().events.size)?;
    folder::catch_up(folder, answers)?;
    if views.remembers()? {
        views.forget()?;
    }
    Ok(())
}

/// Carries out what a crash left undone of the erasures that the views have not seen, before anything is folded: what was
/// folded before it was overwritten would stand in the views again.
fn finish_erasures(events: &Ledger, vault: &Vault, unseen: Size) -> Result<(), RegistryError> {
    let journal = &*events.journal;
    if !erase::is_recorded(journal, unseen).map_err(CarryOutError::from)? {
        return Ok(());
    }
    let (epoch, _head) = journal.open_epoch(&owner())?;
    let hold = Hold {
        journal,
        epoch,
        vault,
    };
    let routing = vault.routing_key(events.chain.origin().as_str());
    let erasures = erase::resume(&hold, &routing, unseen)?;
    tracing::info!(
        erasures,
        "erasures that were not folded yet were carried out again"
    );
    Ok(())
}

fn open_vault(layout: &Layout, config: &Config) -> Result<Arc<Vault>, RegistryError> {
    let ring = KeyRing::open(&layout.keys())?;
    let vault = Vault::open_for_writing(&layout.vault(), &config.registry, ring)?;
    Ok(Arc::new(vault))
}

/// The journals of both ledgers, events first, and the views with the writer's access to them.
type Stores = ([Arc<FileJournal>; 2], (Arc<Views>, WriterAccess));

/// Opens both ledgers and the views, all at once: after a kill each has its own tail to read back. Nothing is touched
/// before both ledgers are locked.
fn open_stores(
    layout: &Layout,
    config: &Config,
    vault: &Arc<Vault>,
) -> Result<Stores, RegistryError> {
    let events = Locked::of(layout, LedgerName::Events)?;
    let disclosures = Locked::of(layout, LedgerName::Disclosures)?;
    let has_next = layout.views_next().exists();
    thread::scope(|scope| {
        let disclosures = scope.spawn(|| disclosures.open(config));
        let views = (!has_next).then(|| scope.spawn(|| open_views(layout, config, vault)));
        let journals = [events.open(config)?, joined(disclosures)?];
        let views = if let Some(views) = views {
            joined(views)?
        } else {
            // As before any rebuild: new views may have folded an erasure that a crash left half carried out, and then
            // nobody would carry it out any more.
            finish_erasures(&Ledger::of(&journals[0]), vault, Size::EMPTY)?;
            adopt_views(layout, config, vault)?;
            open_views(layout, config, vault)?
        };
        Ok((journals, views))
    })
}

/// What a thread of a scope comes to; its panic goes on here.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    match thread.join() {
        Ok(outcome) => outcome,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn open_views(
    layout: &Layout,
    config: &Config,
    vault: &Arc<Vault>,
) -> Result<(Arc<Views>, WriterAccess), RegistryError> {
    // What a rebuild that was broken off has left may hold what was erased since.
    discard_beside(layout)?;
    let store = open_store(&layout.views(), config.views.engine)?;
    let (views, access) = Views::open(store, Arc::clone(vault), &config.registry)?;
    Ok((Arc::new(views), access))
}

/// 32 random bytes.
pub(crate) fn random() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Folds the views of a closed registry anew and puts them in the place of the old ones. `progress` is told
/// how many records of both ledgers have been folded, and how many there are.
///
/// # Errors
/// [`RegistryError`]; the old views stay until the new ones are whole.
pub fn rebuild(
    dir: &Path,
    config: &Config,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), RegistryError> {
    let layout = Layout::new(dir);
    let ring = KeyRing::open(&layout.keys())?;
    let vault = Arc::new(Vault::open(&layout.vault(), &config.registry, ring)?);
    let mut rebuild = begin_rebuild(&layout, config, &vault)?;
    let ledgers = LedgerName::ALL.map(|name| {
        open_journal(&layout, config, name).map(|journal| (name, Ledger::of(&journal)))
    });
    let mut opened = Vec::new();
    for ledger in ledgers {
        let (name, ledger) = ledger?;
        if name == LedgerName::Events {
            finish_erasures(&ledger, &vault, Size::EMPTY)?;
        }
        opened.push((name, ledger));
    }
    let mut total = 0;
    for (_, ledger) in &opened {
        total += ledger.journal.head()?.size.get();
    }
    for (name, ledger) in &opened {
        let mut reader = ledger.journal.read(Position::FIRST)?;
        let portions = Portions::of(move || Ok(reader.next_frame()?));
        rebuild.fold(*name, portions, &mut |marks| progress(folded(marks), total))?;
    }
    drop(rebuild.finish()?);
    // Whoever folds them anew does not want those that were folded before.
    discard(&layout.views_next())?;
    replace_views(&layout, &layout.views_rebuilding()).map_err(RegistryError::Files)
}

/// Folds the views of a registry anew while another process serves it, up to what is signed, and leaves them for the next
/// start, which takes them up in the place of the old ones. Nothing of what is served is touched. `progress` as for
/// [`rebuild`]; what is recorded meanwhile is folded as well, until little is left.
///
/// An erasure, or a start of the registry, takes away what was folded before it: rows of who is erased may be in it.
///
/// # Errors
/// [`RegistryError::Discarded`], or what the ledgers and the views say.
pub fn rebuild_beside(
    dir: &Path,
    config: &Config,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), RegistryError> {
    let layout = Layout::new(dir);
    let ring = KeyRing::open(&layout.keys())?;
    let vault = Vault::open_beside(&layout.vault(), &config.registry, ring)?;
    let rebuild = begin_rebuild(&layout, config, &Arc::new(vault))?;
    fold_beside(rebuild, &layout, config, progress).map_err(|err| {
        if layout.views_rebuilding().exists() {
            err
        } else {
            RegistryError::Discarded
        }
    })
}

fn fold_beside(
    mut rebuild: Rebuild,
    layout: &Layout,
    config: &Config,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), RegistryError> {
    for _round in 0..REBUILD_ROUNDS_MAX {
        let before = folded(rebuild.marks());
        let mut signed = Vec::new();
        for name in LedgerName::ALL {
            signed.push((name, checkpoint::signed_size(&layout.ledger(name))?));
        }
        let total = signed.iter().map(|(_, size)| size.get()).sum();
        for (name, size) in signed {
            let origin = Origin::new(&config.registry, name)?;
            let archive = Archive::open(&layout.ledger(name), &origin)?;
            let from = rebuild.marks().of(name).size.next_position();
            let mut frames = archive.into_frames(from, size);
            let portions = Portions::of(move || Ok(frames.next().transpose()?));
            rebuild.fold(name, portions, &mut |marks| progress(folded(marks), total))?;
        }
        if folded(rebuild.marks()) - before < REBUILD_REST_RECORDS {
            break;
        }
    }
    drop(rebuild.finish()?);
    let next = layout.views_next();
    discard(&next)?;
    sabt_journal::durable::rename_directory(&layout.views_rebuilding(), &next)
        .map_err(RegistryError::Files)
}

/// Begins in an empty directory.
fn begin_rebuild(
    layout: &Layout,
    config: &Config,
    vault: &Arc<Vault>,
) -> Result<Rebuild, RegistryError> {
    let new = layout.views_rebuilding();
    discard(&new)?;
    let store = open_store(&new, config.views.engine)?;
    Ok(Rebuild::begin(store, Arc::clone(vault), &config.registry)?)
}

/// Records of both ledgers that are folded.
fn folded(marks: &Marks) -> u64 {
    marks.events.size.get() + marks.disclosures.size.get()
}

/// Removes a directory of views, if it is there, and what a crash left of removing it before.
pub(crate) fn discard(views: &Path) -> Result<(), RegistryError> {
    let mut aside = views.as_os_str().to_owned();
    aside.push(".discarded");
    let aside = PathBuf::from(aside);
    let remove = || match std::fs::remove_dir_all(&aside) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(err),
        Ok(()) | Err(_) => Ok(()),
    };
    let set_aside = || match sabt_journal::durable::rename_directory(views, &aside) {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(err),
        Ok(()) | Err(_) => Ok(()),
    };
    // Under another name first: another process that still folds into it finds nothing there, and can add nothing to it.
    let removed = remove().and_then(|()| set_aside()).and_then(|()| remove());
    removed.map_err(RegistryError::Files)
}

/// Removes what another process has folded beside the views, or still folds.
pub(crate) fn discard_beside(layout: &Layout) -> Result<(), RegistryError> {
    discard(&layout.views_rebuilding())?;
    discard(&layout.views_next())
}

/// Puts rebuilt views in the place of the old. Crash between the two steps: the views are missing, and are taken up, or
/// folded anew, at the next start.
fn replace_views(layout: &Layout, new: &Path) -> std::io::Result<()> {
    let views = layout.views();
    if views.exists() {
        std::fs::remove_dir_all(&views)?;
    }
    sabt_journal::durable::rename_directory(new, &views)
}

/// Takes up views that were folded anew while the registry was served. Such as cannot be opened by this program are
/// removed: the old ones still serve.
fn adopt_views(layout: &Layout, config: &Config, vault: &Arc<Vault>) -> Result<(), RegistryError> {
    let next = layout.views_next();
    let opened = open_store(&next, config.views.engine)
        .and_then(|store| Ok(Views::open(store, Arc::clone(vault), &config.registry)?));
    match opened {
        Ok(views) => {
            drop(views);
            tracing::info!("views that were folded anew are taken up");
            replace_views(layout, &next).map_err(RegistryError::Files)
        }
        Err(error) => {
            tracing::warn!(%error, "views that were folded anew cannot be opened and are removed");
            discard(&next)
        }
    }
}

fn open_journal(
    layout: &Layout,
    config: &Config,
    name: LedgerName,
) -> Result<Arc<FileJournal>, RegistryError> {
    Locked::of(layout, name)?.open(config)
}

/// A ledger that nobody else opens.
struct Locked {
    name: LedgerName,
    directory: PathBuf,
    storage: Arc<dyn Storage>,
}

impl Locked {
    fn of(layout: &Layout, name: LedgerName) -> Result<Self, RegistryError> {
        let directory = layout.ledger(name);
        let storage = lock_directory(&directory).map_err(|source| journal_error(name, source))?;
        Ok(Self {
            name,
            directory,
            storage,
        })
    }

    fn open(self, config: &Config) -> Result<Arc<FileJournal>, RegistryError> {
        let name = self.name;
        let origin = Origin::new(&config.registry, name)?;
        // What was signed must be there: a torn tail is cut only beyond it.
        let signed = checkpoint::signed_size(&self.directory)?;
        let storage = crash::disk(name, self.storage);
        let journal = Unrecovered::open_on(storage, &origin, &journal_options(config))
            .and_then(|unrecovered| unrecovered.require(signed))
            .and_then(Unrecovered::recover)
            .map_err(|source| journal_error(name, source))?;
        Ok(Arc::new(journal))
    }
}

pub(crate) fn journal_options(config: &Config) -> Options {
    Options {
        segment_bytes: config.ledger.segment_bytes,
        ..Options::default()
    }
}

fn journal_error(ledger: LedgerName, source: JournalError) -> RegistryError {
    RegistryError::Journal {
        ledger: ledger.as_str(),
        source,
    }
}

fn open_store(dir: &Path, engine: Engine) -> Result<Box<dyn Store>, RegistryError> {
    match engine {
        Engine::Fjall => Ok(Box::new(FjallStore::open(dir, FjallOptions::default())?)),
        #[cfg(feature = "sled")]
        Engine::Sled => {
            use sabt_views::store::{SledOptions, SledStore};
            Ok(Box::new(SledStore::open(dir, SledOptions::default())?))
        }
        #[cfg(not(feature = "sled"))]
        Engine::Sled => Err(RegistryError::NoSled),
    }
}

pub(crate) fn owner() -> Owner {
    #[expect(clippy::expect_used, reason = "a process number is ASCII and short")]
    Owner::new(&format!("process-{}", std::process::id())).expect("a valid name of an owner")
}

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("a writer thread has panicked");
    }
}
