//! A restored copy that is not confirmed, and what is served of it.
//!
//! A record appended to it could make a second history, and without appending no disclosure can be recorded. So nothing
//! about persons leaves it, and nothing in its directory is changed: no journal, vault or store of views is opened. It
//! tells its status to whoever the client authority vouches for, since without views nobody is enrolled, and its
//! published checkpoints to everybody. The rest of the contract is refused as a whole, so that a call which the contract
//! gains later is refused too.

use std::path::Path;
use std::sync::Arc;

use http::{Response, Uri};
use sabt_chain::{LedgerName, Origin, Size};
use sabt_domain::refusal::{Reason, Refusal};
use sabt_journal::{Archive, CopyError};
use sabt_proto::api::v1 as api;
use sabt_proto::api::v1::operations_server::{Operations, OperationsServer};
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Request, Status};

use crate::auditors::Checkpoints;
use crate::config::Config;
use crate::limits::REQUEST_BYTES_MAX;
use crate::listen;
use crate::registry::Layout;
use crate::restore::{self, Evidence, RestoreError};
use crate::status;

/// The promise that is kept by refusing.
const RULE: &str = "design:5.4";
/// What the paths of the calls of the contract begin with.
const CONTRACT: &str = "/sabt.api.v1.";

/// A restored copy that is not confirmed.
#[derive(Debug)]
pub(crate) struct UnconfirmedCopy {
    registry: String,
    /// Records of the events and of the disclosures.
    sizes: [Size; 2],
    problem: String,
    checkpoints: Arc<Checkpoints>,
}

impl UnconfirmedCopy {
    /// Looks whether `dir` is a restored copy that is not confirmed. Where witnesses are configured they are asked, once,
    /// and a copy that they confirm is none any more: its locks are written.
    ///
    /// # Errors
    /// [`RestoreError`] if the directory cannot be looked at. What stands against confirming it is no error: it is the
    /// problem that the copy tells.
    pub(crate) fn find(dir: &Path, config: &Config) -> Result<Option<Self>, RestoreError> {
        match restore::is_unconfirmed(dir, &config.registry) {
            Ok(true) => {}
            // Of a ledger that cannot be read, whoever opens it says better what is wrong.
            Ok(false) | Err(RestoreError::Ledger { .. }) => return Ok(None),
            Err(err) => return Err(err),
        }
        match restore::confirm(dir, config, &Evidence::Witnesses) {
            Ok(_) | Err(RestoreError::Confirmed { .. }) => {
                tracing::warn!(
                    "a copy that was brought back is whole, as its witnesses say: it is written again"
                );
                Ok(None)
            }
            Err(problem) => Self::read(dir, config, &problem).map(Some),
        }
    }

    fn read(dir: &Path, config: &Config, problem: &RestoreError) -> Result<Self, RestoreError> {
        let layout = Layout::new(dir);
        let size = |ledger| {
            let origin = Origin::new(&config.registry, ledger)?;
            let archive = Archive::open(&layout.ledger(ledger), &origin);
            match archive.and_then(|archive| archive.extent(Size::EMPTY)) {
                Ok(size) => Ok(size),
                Err(CopyError::NoLedger) => Ok(Size::EMPTY),
                Err(source) => Err(RestoreError::Ledger { ledger, source }),
            }
        };
        let checkpoints = Checkpoints::read(dir).map_err(|source| {
            let path = dir.to_owned();
            RestoreError::File { path, source }
        })?;
        Ok(Self {
            registry: config.registry.clone(),
            sizes: [size(LedgerName::Events)?, size(LedgerName::Disclosures)?],
            problem: format!(
                "this is a restored copy that is not confirmed, so it is only read: {problem}\n  then: \
                 `sabt restore DIR --confirm`, and serve it again"
            ),
            checkpoints: Arc::new(checkpoints),
        })
    }

    /// Name of the registry.
    pub(crate) fn registry(&self) -> &str {
        &self.registry
    }

    /// What stands against writing it, and the remedy; for people.
    pub(crate) fn problem(&self) -> &str {
        &self.problem
    }

    /// Its published checkpoints.
    pub(crate) const fn checkpoints(&self) -> &Arc<Checkpoints> {
        &self.checkpoints
    }
}

/// The status, and a refusal for everything else of the contract.
pub(crate) fn routes(copy: &Arc<UnconfirmedCopy>, others: Routes) -> Routes {
    let operations = OperationsServer::new(CopyStatus(Arc::clone(copy)))
        .max_decoding_message_size(REQUEST_BYTES_MAX);
    let router = others.add_service(operations).into_axum_router();
    Routes::from(router.fallback(refuse))
}

async fn refuse(uri: Uri) -> Response<Body> {
    let status = if uri.path().starts_with(CONTRACT) {
        status::status(&Refusal::new(Reason::RestoredCopy, RULE))
    } else {
        Status::unimplemented("there is no such service")
    };
    status.into_http()
}

/// `sabt.api.v1.Operations` of a copy.
struct CopyStatus(Arc<UnconfirmedCopy>);

#[tonic::async_trait]
impl Operations for CopyStatus {
    /// TLS has verified who asks. No roles are looked up, since enrolment stands in views that are not there; so only
    /// what says nothing of anybody is told.
    async fn get_status(
        &self,
        request: Request<api::GetStatusRequest>,
    ) -> Result<tonic::Response<api::GetStatusResponse>, Status> {
        let [events, disclosures] = self.0.sizes.map(Size::get);
        Ok(tonic::Response::new(api::GetStatusResponse {
            registry: self.0.registry.clone(),
            events,
            disclosures,
            views_position: 0,
            writable: false,
            problem: self.0.problem.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ledgers: Vec::new(),
            open_corrections: 0,
            open_emergencies: 0,
            open_drawn_lookups: 0,
            overdue_justifications: 0,
            erasures: 0,
            transport_problem: listen::problem(&request).unwrap_or_default(),
        }))
    }
}
