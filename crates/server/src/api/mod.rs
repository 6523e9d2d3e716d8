//! The services of `sabt.api.v1`. Handlers only translate: who may ask is decided by the matrix, what is told
//! by the views, what is recorded by the writers.

pub(crate) mod ask;
mod audit;
mod campaigns;
mod cases;
mod check;
mod conditions;
mod convert;
mod corrections;
mod deadlines;
mod erase;
mod extract;
mod feed;
mod governance;
mod operations;
mod persons;
mod prove;
mod removal;
mod retention;
mod sites;
mod statistics;
mod submit;
mod watch;

use std::sync::Arc;

use sabt_domain::refusal::Refusal;
use sabt_proto::api::v1 as api;

use crate::limits::REQUEST_BYTES_MAX;
use crate::registry::Registry;

pub(crate) use self::ask::{not_recorded, record_refusal};
pub(crate) use self::audit::{AuditService, record_reading};
pub(crate) use self::campaigns::CampaignsService;
pub(crate) use self::feed::FeedService;
pub(crate) use self::operations::OperationsService;
pub(crate) use self::persons::PersonsService;
pub(crate) use self::sites::SitesService;
pub(crate) use self::statistics::StatisticsService;
pub(crate) use self::submit::{RegistryService, verify};

/// Runs what reads much of the ledger off the threads that serve calls.
async fn reading<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|err| Err(persons::failed(&err)))
}

/// Adds every service of the contract to others.
pub(crate) fn routes(
    registry: &Arc<Registry>,
    others: tonic::service::Routes,
) -> tonic::service::Routes {
    use api::audit_server::AuditServer;
    use api::campaigns_server::CampaignsServer;
    use api::feed_server::FeedServer;
    use api::operations_server::OperationsServer;
    use api::persons_server::PersonsServer;
    use api::registry_server::RegistryServer;
    use api::sites_server::SitesServer;
    use api::statistics_server::StatisticsServer;

    let of = || Arc::clone(registry);
    others
        .add_service(
            RegistryServer::new(RegistryService(of())).max_decoding_message_size(REQUEST_BYTES_MAX),
        )
        .add_service(
            PersonsServer::new(PersonsService(of())).max_decoding_message_size(REQUEST_BYTES_MAX),
        )
        .add_service(
            FeedServer::new(FeedService(of())).max_decoding_message_size(REQUEST_BYTES_MAX),
        )
        .add_service(
            AuditServer::new(AuditService::new(of())).max_decoding_message_size(REQUEST_BYTES_MAX),
        )
        .add_service(
            CampaignsServer::new(CampaignsService(of()))
                .max_decoding_message_size(REQUEST_BYTES_MAX),
        )
        .add_service(
            SitesServer::new(SitesService(of())).max_decoding_message_size(REQUEST_BYTES_MAX),
        )
        .add_service(
            OperationsServer::new(OperationsService(of()))
                .max_decoding_message_size(REQUEST_BYTES_MAX),
        )
        .add_service(
            StatisticsServer::new(StatisticsService(of()))
                .max_decoding_message_size(REQUEST_BYTES_MAX),
        )
}
