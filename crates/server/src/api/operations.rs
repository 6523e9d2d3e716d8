//! What the registry says of itself.

use std::sync::Arc;

use sabt_chain::LedgerName;
use sabt_domain::access::Method;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use tonic::{Request, Response, Status};

use super::ask::{identify, not_recorded, record_refusal};
use super::persons::failed;
use super::reading;
use crate::listen;
use crate::registry::Registry;
use crate::status;

/// `sabt.api.v1.Operations`.
pub(crate) struct OperationsService(pub(crate) Arc<Registry>);

#[tonic::async_trait]
impl api::operations_server::Operations for OperationsService {
    async fn get_status(
        &self,
        request: Request<api::GetStatusRequest>,
    ) -> Result<Response<api::GetStatusResponse>, Status> {
        let asker = identify(&self.0, &request);
        let opened = asker
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|asker| self.0.matrix()?.open_to(asker, Method::GetStatus));
        if let Err(refusal) = opened {
            record_refusal(
                &self.0,
                asker.as_ref().ok(),
                Method::GetStatus,
                None,
                &[],
                &refusal,
            )
            .await
            .map_err(not_recorded)?;
            return Err(status::status(&refusal));
        }
        let size = |ledger| {
            self.0
                .ledger(ledger)
                .journal
                .head()
                .map(|head| head.size.get())
                .map_err(|err| status::status(&failed(&err)))
        };
        let ledger = |name| {
            let size = size(name)?;
            let status = self.0.checkpointer().status(name);
            let scrub = Some(self.0.scrub_status(name));
            Ok::<_, Status>(api::LedgerStatus {
                size,
                scrub,
                ..status
            })
        };
        let problem = self.0.fault().problem();
        let now = Timestamp::from_micros(self.0.clock().now_micros());
        let work = Arc::clone(&self.0);
        let drawn = reading(move || work.views().drawn_counts(now).map_err(|err| failed(&err)));
        let drawn = drawn.await.map_err(|refusal| status::status(&refusal))?;
        Ok(Response::new(api::GetStatusResponse {
            transport_problem: listen::problem(&request).unwrap_or_default(),
            registry: self.0.name().to_owned(),
            events: size(LedgerName::Events)?,
            disclosures: size(LedgerName::Disclosures)?,
            views_position: self.0.views_position(),
            writable: problem.is_none(),
            problem: problem.unwrap_or_default(),
            open_emergencies: drawn.emergencies,
            open_drawn_lookups: drawn.drawn,
            overdue_justifications: drawn.overdue,
            open_corrections: self.0.views().open_corrections_count(),
            erasures: self.0.views().erasures_count(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ledgers: vec![
                ledger(LedgerName::Events)?,
                ledger(LedgerName::Disclosures)?,
            ],
        }))
    }
}
