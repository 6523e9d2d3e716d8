//! For auditors: checkpoints, envelopes and ciphertext, proofs; for the person: who has looked.

use std::pin::Pin;
use std::sync::Arc;

use prost::Message as _;
use sabt_chain::proof::{consistency, inclusion};
use sabt_chain::{Hash, LedgerName, Position, Size};
use sabt_domain::access::{Asker, FieldGroup, Method};
use sabt_domain::refusal::{Reason, Refusal};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{Disclosure, DisclosureVerb};
use sabt_vault::ordinal::SubjectOrdinal;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::ask::{ask, ask_at_length, digests, identify, not_recorded, record_refusal};
use super::persons::{failed, list_disclosures};
use super::reading;
use crate::disclose::{Answered, DiscloseError};
use crate::limits::AUDIT_PAGE_MAX;
use crate::registry::Registry;
use crate::status;
use crate::tree::StoredTree;

/// `sabt.api.v1.Audit`.
pub(crate) struct AuditService {
    registry: Arc<Registry>,
}

impl AuditService {
    pub(crate) fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }

    /// Opens a method by role alone; a refusal is recorded before it is told.
    async fn open<T>(&self, method: Method, request: &Request<T>) -> Result<Asker, Status> {
        let asker = identify(&self.registry, request);
        let opened = asker.clone().and_then(|asker| {
            self.registry.matrix()?.open_to(&asker, method)?;
            Ok(asker)
        });
        match opened {
            Ok(asker) => Ok(asker),
            Err(refusal) => self.refuse(asker.as_ref().ok(), method, refusal).await,
        }
    }

    async fn refuse<T>(
        &self,
        asker: Option<&Asker>,
        method: Method,
        refusal: Refusal,
    ) -> Result<T, Status> {
        record_refusal(&self.registry, asker, method, None, &[], &refusal)
            .await
            .map_err(not_recorded)?;
        Err(status::status(&refusal))
    }

    fn tree(&self, ledger: LedgerName) -> Arc<StoredTree> {
        Arc::clone(self.registry.tree(ledger))
    }

    fn size(&self, ledger: LedgerName) -> Result<u64, Refusal> {
        let head = self.registry.ledger(ledger).journal.head();
        Ok(head.map_err(|err| failed(&err))?.size.get())
    }

    fn check_sizes(&self, ledger: LedgerName, first: u64, last: u64) -> Result<(), Refusal> {
        let head = self.size(ledger)?;
        if first <= last && last <= head {
            return Ok(());
        }
        Err(Refusal::new(Reason::UnknownRecord, "design:4 proofs").with("head", head))
    }
}

fn ledger(code: i32) -> Result<LedgerName, Refusal> {
    match api::Ledger::try_from(code) {
        Ok(api::Ledger::Events) => Ok(LedgerName::Events),
        Ok(api::Ledger::Disclosures) => Ok(LedgerName::Disclosures),
        Ok(api::Ledger::Unspecified) | Err(_) => Err(Refusal::field(
            "ledger",
            "is neither LEDGER_EVENTS nor LEDGER_DISCLOSURES",
        )),
    }
}

/// The hashes of a proof as they travel.
fn told(hashes: &[Hash]) -> Vec<Vec<u8>> {
    hashes.iter().map(|hash| hash.as_bytes().to_vec()).collect()
}

#[tonic::async_trait]
impl api::audit_server::Audit for AuditService {
    async fn get_checkpoint(
        &self,
        request: Request<api::GetCheckpointRequest>,
    ) -> Result<Response<api::GetCheckpointResponse>, Status> {
        let asker = self.open(Method::GetCheckpoint, &request).await?;
        let name = match ledger(request.into_inner().ledger) {
            Ok(name) => name,
            Err(refusal) => {
                return self
                    .refuse(Some(&asker), Method::GetCheckpoint, refusal)
                    .await;
            }
        };
        let published = self.registry.checkpointer().published(name);
        let note = published
            .borrow()
            .as_ref()
            .map(|newest| newest.note.to_string());
        if let Some(checkpoint) = note {
            return Ok(Response::new(api::GetCheckpointResponse { checkpoint }));
        }
        let refusal = Refusal::new(Reason::UnknownRecord, "design:4 checkpoints")
            .with_message("No checkpoint has been published yet.")
            .with_remedy("Retry in a second.");
        self.refuse(Some(&asker), Method::GetCheckpoint, refusal)
            .await
    }

    type ReadRecordsStream =
        Pin<Box<dyn Stream<Item = Result<api::ReadRecordsResponse, Status>> + Send>>;

    async fn read_records(
        &self,
        request: Request<api::ReadRecordsRequest>,
    ) -> Result<Response<Self::ReadRecordsStream>, Status> {
        let asker = self.open(Method::ReadRecords, &request).await?;
        let question = request.into_inner();
        let checked = ledger(question.ledger).and_then(|name| {
            self.check_sizes(name, question.from, question.until)?;
            Ok(name)
        });
        let name = match checked {
            Ok(name) => name,
            Err(refusal) => {
                return self
                    .refuse(Some(&asker), Method::ReadRecords, refusal)
                    .await;
            }
        };
        record_reading(&self.registry, &asker, question)
            .await
            .map_err(not_recorded)?;
        let (pages, stream) = mpsc::channel(2);
        let source = self.registry.ledger(name).clone();
        tokio::task::spawn_blocking(move || {
            if let Err(refusal) = read(&source, question.from, question.until, &pages) {
                // An error means that the reader has gone.
                drop(pages.blocking_send(Err(status::status(&refusal))));
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<api::GetInclusionProofRequest>,
    ) -> Result<Response<api::GetInclusionProofResponse>, Status> {
        let asker = self.open(Method::GetProof, &request).await?;
        let question = request.into_inner();
        let checked = ledger(question.ledger).and_then(|name| {
            self.check_sizes(name, question.position.saturating_add(1), question.size)?;
            Ok(name)
        });
        let proof = match checked {
            Ok(name) => {
                let tree = self.tree(name);
                let (position, size) = (Position::new(question.position), Size::new(question.size));
                reading(move || inclusion(&*tree, position, size).map_err(|err| failed(&err))).await
            }
            Err(refusal) => Err(refusal),
        };
        match proof {
            Ok(proof) => Ok(Response::new(api::GetInclusionProofResponse {
                hashes: told(&proof.hashes),
            })),
            Err(refusal) => self.refuse(Some(&asker), Method::GetProof, refusal).await,
        }
    }

    async fn get_consistency_proof(
        &self,
        request: Request<api::GetConsistencyProofRequest>,
    ) -> Result<Response<api::GetConsistencyProofResponse>, Status> {
        let asker = self.open(Method::GetProof, &request).await?;
        let question = request.into_inner();
        let checked = ledger(question.ledger).and_then(|name| {
            self.check_sizes(name, question.from_size, question.to_size)?;
            Ok(name)
        });
        let proof = match checked {
            Ok(name) => {
                let tree = self.tree(name);
                let (old, new) = (Size::new(question.from_size), Size::new(question.to_size));
                reading(move || consistency(&*tree, old, new).map_err(|err| failed(&err))).await
            }
            Err(refusal) => Err(refusal),
        };
        match proof {
            Ok(proof) => Ok(Response::new(api::GetConsistencyProofResponse {
                hashes: told(&proof.hashes),
            })),
            Err(refusal) => self.refuse(Some(&asker), Method::GetProof, refusal).await,
        }
    }

    async fn list_disclosures(
        &self,
        request: Request<api::ListDisclosuresRequest>,
    ) -> Result<Response<api::ListDisclosuresResponse>, Status> {
        ask(
            &self.registry,
            Method::ListDisclosures,
            request,
            list_disclosures,
        )
        .await
    }

    async fn list_open_corrections(
        &self,
        request: Request<api::ListOpenCorrectionsRequest>,
    ) -> Result<Response<api::ListOpenCorrectionsResponse>, Status> {
        let method = Method::ListOpenCorrections;
        ask(&self.registry, method, request, super::corrections::open).await
    }

    async fn list_lookup_flags(
        &self,
        request: Request<api::ListLookupFlagsRequest>,
    ) -> Result<Response<api::ListLookupFlagsResponse>, Status> {
        let method = Method::ListLookupFlags;
        ask_at_length(
            &self.registry,
            method,
            request,
            |registry, permit, question, at| {
                Box::pin(super::watch::flags(registry, permit, question, at))
            },
        )
        .await
    }

    async fn list_drawn_lookups(
        &self,
        request: Request<api::ListDrawnLookupsRequest>,
    ) -> Result<Response<api::ListDrawnLookupsResponse>, Status> {
        let method = Method::ListDrawnLookups;
        ask_at_length(
            &self.registry,
            method,
            request,
            |registry, permit, question, at| {
                Box::pin(super::watch::drawn(registry, permit, question, at))
            },
        )
        .await
    }

    async fn list_grant_uses(
        &self,
        request: Request<api::ListGrantUsesRequest>,
    ) -> Result<Response<api::ListGrantUsesResponse>, Status> {
        let method = Method::ListGrantUses;
        ask_at_length(
            &self.registry,
            method,
            request,
            |registry, permit, question, _at| {
                Box::pin(super::watch::uses(registry, permit, question))
            },
        )
        .await
    }
}

/// Envelopes and ciphertext tell of nobody, but that they were taken is recorded like any export.
pub(crate) async fn record_reading(
    registry: &Arc<Registry>,
    asker: &Asker,
    question: api::ReadRecordsRequest,
) -> Result<(), DiscloseError> {
    let disclosure = Disclosure {
        verb: i32::from(DisclosureVerb::Exported),
        agency: asker.agency.clone(),
        officer: asker.officer.clone(),
        role: asker
            .roles
            .first()
            .map_or(0, |role| i32::from(role.to_proto())),
        purpose: sabt_domain::access::Purpose::Audit.code().to_owned(),
        method: Method::ReadRecords
            .paths()
            .first()
            .copied()
            .unwrap_or_default()
            .to_owned(),
        policy_edition: registry.edition(),
        field_groups: vec![FieldGroup::Integrity.code().to_owned()],
        answered_at: registry.views_position(),
        ..digests(&question.encode_to_vec(), &[])
            .map_err(|_no_randomness| DiscloseError::NotWritable)?
    };
    let answered = Answered {
        records: vec![(SubjectOrdinal::REGISTRY, disclosure)],
    };
    registry
        .discloser()
        .record(registry.new_id(), answered)
        .await
        .map(drop)
}

fn read(
    ledger: &crate::registry::Ledger,
    from: u64,
    until: u64,
    pages: &mpsc::Sender<Result<api::ReadRecordsResponse, Status>>,
) -> Result<(), Refusal> {
    let mut reader = ledger
        .journal
        .read(Position::new(from))
        .map_err(|err| failed(&err))?;
    let mut next = from;
    let mut page = api::ReadRecordsResponse::default();
    while next < until {
        let Some(frame) = reader.next_frame().map_err(|err| failed(&err))? else {
            break;
        };
        for record in frame.frame().records() {
            let position = record.envelope.position.get();
            if position < next || until <= position {
                continue;
            }
            page.records.push(api::RawRecord {
                position,
                envelope: record.envelope_bytes.to_vec(),
                payload: record.sealed.to_vec(),
            });
            next = position + 1;
            if AUDIT_PAGE_MAX <= page.records.len()
                && pages.blocking_send(Ok(std::mem::take(&mut page))).is_err()
            {
                return Ok(());
            }
        }
    }
    if !page.records.is_empty() {
        // An error means that the reader has gone.
        drop(pages.blocking_send(Ok(page)));
    }
    Ok(())
}
