//! Against a server in the same process, which answers from ledgers in memory.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::pin::Pin;
use std::sync::mpsc::channel;
use std::thread;

use sabt_chain::Envelope;
use sabt_proto::api::v1 as api;
use sabt_proto::api::v1::audit_server::{Audit, AuditServer};
use tonic::codegen::tokio_stream::{Stream, iter};
use tonic::transport::Server;
use tonic::{Request, Response};

use super::*;
use crate::class::FaultClass;
use crate::report::Report;
use crate::tests::support::{Ledger as TestLedger, Registry};
use crate::{Source, verify};

/// Records in one message.
const PAGE: usize = 3;

struct Ledgers {
    registry: Registry,
    /// The ledger with the checkpoint that is served.
    checkpoints: [Option<String>; 2],
}

impl Ledgers {
    fn ledger(&self, code: i32) -> Result<(&TestLedger, Option<&String>), Status> {
        match Ledger::try_from(code) {
            Ok(Ledger::Events) => Ok((&self.registry.events, self.checkpoints[0].as_ref())),
            Ok(Ledger::Disclosures) => {
                Ok((&self.registry.disclosures, self.checkpoints[1].as_ref()))
            }
            Ok(Ledger::Unspecified) | Err(_) => Err(Status::invalid_argument("ledger")),
        }
    }
}

#[tonic::async_trait]
impl Audit for Ledgers {
    async fn get_checkpoint(
        &self,
        request: Request<GetCheckpointRequest>,
    ) -> Result<Response<api::GetCheckpointResponse>, Status> {
        let (_, checkpoint) = self.ledger(request.into_inner().ledger)?;
        let checkpoint = checkpoint
            .ok_or_else(|| Status::not_found("none yet"))?
            .clone();
        Ok(Response::new(api::GetCheckpointResponse { checkpoint }))
    }

    type ReadRecordsStream =
        Pin<Box<dyn Stream<Item = Result<ReadRecordsResponse, Status>> + Send>>;

    async fn read_records(
        &self,
        request: Request<ReadRecordsRequest>,
    ) -> Result<Response<Self::ReadRecordsStream>, Status> {
        let ReadRecordsRequest {
            ledger,
            from,
            until,
        } = request.into_inner();
        let (ledger, _) = self.ledger(ledger)?;
        if ledger.state.size().get() < until {
            return Err(Status::not_found("no such record"));
        }
        let wanted = usize::try_from(from).unwrap()..usize::try_from(until).unwrap();
        let records = ledger.frames.iter().flat_map(|frame| frame.records.iter());
        let records: Vec<api::RawRecord> = (0..)
            .zip(records)
            .map(|(position, (envelope, payload))| api::RawRecord {
                position,
                envelope: envelope.clone(),
                payload: payload.clone(),
            })
            .collect();
        let pages: Vec<_> = records[wanted]
            .chunks(PAGE)
            .map(|page| {
                Ok(ReadRecordsResponse {
                    records: page.to_vec(),
                })
            })
            .collect();
        Ok(Response::new(Box::pin(iter(pages))))
    }

    async fn get_inclusion_proof(
        &self,
        _: Request<api::GetInclusionProofRequest>,
    ) -> Result<Response<api::GetInclusionProofResponse>, Status> {
        Err(Status::unimplemented("not asked for by the verifier"))
    }

    async fn get_consistency_proof(
        &self,
        _: Request<api::GetConsistencyProofRequest>,
    ) -> Result<Response<api::GetConsistencyProofResponse>, Status> {
        Err(Status::unimplemented("not asked for by the verifier"))
    }

    async fn list_disclosures(
        &self,
        _: Request<api::ListDisclosuresRequest>,
    ) -> Result<Response<api::ListDisclosuresResponse>, Status> {
        Err(Status::unimplemented("not asked for by the verifier"))
    }

    async fn list_open_corrections(
        &self,
        _: Request<api::ListOpenCorrectionsRequest>,
    ) -> Result<Response<api::ListOpenCorrectionsResponse>, Status> {
        Err(Status::unimplemented("not asked for by the verifier"))
    }

    async fn list_lookup_flags(
        &self,
        _: Request<api::ListLookupFlagsRequest>,
    ) -> Result<Response<api::ListLookupFlagsResponse>, Status> {
        Err(Status::unimplemented("not asked for by the verifier"))
    }

    async fn list_drawn_lookups(
        &self,
        _: Request<api::ListDrawnLookupsRequest>,
    ) -> Result<Response<api::ListDrawnLookupsResponse>, Status> {
        Err(Status::unimplemented("not asked for by the verifier"))
    }

    async fn list_grant_uses(
        &self,
        _: Request<api::ListGrantUsesRequest>,
    ) -> Result<Response<api::ListGrantUsesResponse>, Status> {
        Err(Status::unimplemented("not asked for by the verifier"))
    }
}

/// Serves until the test ends.
fn serve(ledgers: Ledgers) -> SocketAddr {
    // The address is free until the server takes it a moment later.
    let address = StdListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = address.unwrap();
    let (ready, started) = channel();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Server::builder().add_service(AuditServer::new(ledgers));
            let serving = tokio::spawn(server.serve(address));
            while tokio::net::TcpStream::connect(address).await.is_err() {
                tokio::task::yield_now().await;
            }
            ready.send(()).unwrap();
            drop(serving.await);
        });
    });
    started.recv().unwrap();
    address
}

fn verify_served(registry: &Registry, ledgers: Ledgers) -> Report {
    let source = Source::Server(ServerAddress {
        url: format!("http://{}", serve(ledgers)),
        ca: Vec::new(),
        certificate: Vec::new(),
        key: Vec::new(),
    });
    verify(&registry.options(source)).unwrap()
}

fn newest(registry: &Registry) -> [Option<String>; 2] {
    [&registry.events, &registry.disclosures].map(|ledger| Some(ledger.checkpoint()))
}

#[test]
fn a_served_registry_is_sound() {
    let registry = Registry::complete();
    let ledgers = Ledgers {
        checkpoints: newest(&registry),
        registry: registry.clone(),
    };
    let report = verify_served(&registry, ledgers);
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.events.records, 14);
    assert_eq!(report.events.root, Some(registry.events.state.root()));
    assert_eq!((report.events.frames, report.events.segments), (0, 0));
}

#[test]
fn what_is_anchored_is_read_beyond_the_checkpoint() {
    let mut registry = Registry::complete();
    let [events, _] = newest(&registry);
    registry.event(&[64]);
    registry.anchor_events();
    let [_, disclosures] = newest(&registry);
    let ledgers = Ledgers {
        checkpoints: [events, disclosures],
        registry: registry.clone(),
    };
    let report = verify_served(&registry, ledgers);
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.events.records, 14);
}

#[test]
fn a_registry_that_was_rolled_back_cannot_serve_what_is_anchored() {
    let registry = Registry::complete();
    let mut older = registry.clone();
    let last = older.events.frames.split_off(8).swap_remove(0);
    older.events.state = last.before;
    let ledgers = Ledgers {
        checkpoints: newest(&older),
        registry: older,
    };
    let report = verify_served(&registry, ledgers);
    // The payload whose erasure record was rolled back is a fault as well.
    let classes: Vec<FaultClass> = report
        .faults
        .iter()
        .map(crate::fault::Fault::class)
        .collect();
    assert_eq!(
        classes,
        [FaultClass::Erasure, FaultClass::Anchor],
        "{report}"
    );
}

#[test]
fn altered_and_malformed_records_are_named() {
    let registry = Registry::complete();
    let mut altered = registry.clone();
    let record = &mut altered.events.frames[3].records[0];
    let mut envelope = Envelope::decode(&record.0).unwrap();
    envelope.subject_tag = sabt_chain::SubjectTag::from_bytes([0xee; 16]);
    record.0 = envelope.encode().unwrap().to_vec();
    let ledgers = Ledgers {
        checkpoints: newest(&registry),
        registry: altered,
    };
    let report = verify_served(&registry, ledgers);
    assert_eq!(report.faults[0].class(), FaultClass::Envelope, "{report}");
    assert_eq!(report.faults[0].position, Some(Position::new(3)));

    let mut altered = registry.clone();
    altered.events.frames[3].records[0].0.truncate(50);
    let ledgers = Ledgers {
        checkpoints: newest(&registry),
        registry: altered,
    };
    let report = verify_served(&registry, ledgers);
    assert_eq!(report.faults[0].class(), FaultClass::Envelope, "{report}");
    assert_eq!(report.faults[0].position, Some(Position::new(3)));
}

#[test]
fn a_registry_without_a_checkpoint() {
    let registry = Registry::complete();
    let ledgers = Ledgers {
        checkpoints: [None, None],
        registry: registry.clone(),
    };
    let report = verify_served(&registry, ledgers);
    assert_eq!(
        report.faults[0].class(),
        FaultClass::CheckpointMissing,
        "{report}"
    );
}

#[test]
fn nobody_answers() {
    let registry = Registry::complete();
    let source = Source::Server(ServerAddress {
        url: "http://127.0.0.1:1".to_owned(),
        ca: Vec::new(),
        certificate: Vec::new(),
        key: Vec::new(),
    });
    assert!(verify(&registry.options(source)).is_err());
}
