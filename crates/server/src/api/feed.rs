//! The feed of sync jobs: every record in order, content where the purpose allows it, one disclosure for each
//! person in a page, durable before the page leaves.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use prost::Message as _;
use sabt_chain::{LedgerName, Position};
use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::refusal::{Reason, Refusal};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{Disclosure, DisclosureVerb};
use sabt_vault::ordinal::SubjectOrdinal;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::ask::{
    digests, disclosures, identify, not_recorded, observe, permit, record_refusal, within_rates,
};
use super::convert;
use super::persons::failed;
use crate::disclose::Answered;
use crate::identity::Caller;
use crate::limits::{FEED_PAGE_MAX, TAIL_WAIT};
use crate::registry::Registry;
use crate::status;

/// `sabt.api.v1.Feed`.
pub(crate) struct FeedService(pub(crate) Arc<Registry>);

#[tonic::async_trait]
impl api::feed_server::Feed for FeedService {
    type FollowStream = Pin<Box<dyn Stream<Item = Result<api::FollowResponse, Status>> + Send>>;

    async fn follow(
        &self,
        request: Request<api::FollowRequest>,
    ) -> Result<Response<Self::FollowStream>, Status> {
        let started = self.0.clock().now_micros();
        let asker = identify(&self.0, &request);
        let question = request.into_inner();
        let permit = within_rates(&self.0, &asker).and_then(|asker| {
            let permit = permit(&self.0, asker, Method::Follow, question.purpose.as_ref())?;
            check_position(&self.0, question.from)?;
            Ok(permit)
        });
        observe(&self.0, Method::Follow, started, permit.is_ok());
        let permit = match permit {
            Ok(permit) => permit,
            Err(refusal) => {
                let (asker, bytes) = (asker.as_ref().ok(), question.encode_to_vec());
                let purpose = question.purpose.as_ref();
                record_refusal(&self.0, asker, Method::Follow, purpose, &bytes, &refusal)
                    .await
                    .map_err(not_recorded)?;
                return Err(status::status(&refusal));
            }
        };
        // Two pages ahead of the reader at most: a slow job does not make the server hold the ledger.
        let (pages, stream) = mpsc::channel(2);
        let registry = Arc::clone(&self.0);
        tokio::spawn(async move {
            if let Err(status) = follow(&registry, &permit, &question, &pages).await {
                // An error means that the reader has gone.
                drop(pages.send(Err(status)).await);
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }
}

fn check_position(registry: &Registry, from: u64) -> Result<(), Refusal> {
    let head = registry.views_position();
    if from <= head {
        return Ok(());
    }
    Err(Refusal::new(Reason::UnknownRecord, "design:feed positions").with("head", head))
}

/// A feed ends with the policy that permitted it, and with the enrolment of who reads it: what comes is permitted anew.
fn check_standing(registry: &Registry, permit: &Permit) -> Result<(), Refusal> {
    let asker = permit.asker();
    let enrolled = registry.asker(&Caller {
        agency: asker.agency.clone(),
        officer: asker.officer.clone(),
    })?;
    if enrolled != *asker {
        return Err(Refusal::new(Reason::PurposeNotAllowed, "design:7.1")
            .with_message("The agency is enrolled otherwise than when this was permitted.")
            .with_remedy(
                "Ask again: the feed goes on where it ended, as far as the enrolment allows.",
            ));
    }
    let matrix = registry.matrix()?;
    if matrix.edition() == permit.edition() {
        return Ok(());
    }
    Err(Refusal::new(Reason::PolicySuperseded, "design:7.1")
        .with_message("Another edition of the policy has been adopted since this was permitted.")
        .with_remedy(
            "Ask again: the feed goes on where it ended, as far as the new edition allows.",
        )
        .with("policy", matrix.edition()))
}

async fn follow(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::FollowRequest,
    pages: &mpsc::Sender<Result<api::FollowResponse, Status>>,
) -> Result<(), Status> {
    let mut from = question.from;
    loop {
        if let Err(refusal) = check_standing(registry, permit) {
            let (asker, bytes) = (permit.asker(), question.encode_to_vec());
            let purpose = question.purpose.as_ref();
            record_refusal(
                registry,
                Some(asker),
                Method::Follow,
                purpose,
                &bytes,
                &refusal,
            )
            .await
            .map_err(not_recorded)?;
            return Err(status::status(&refusal));
        }
        let (mut page, subjects) = page(registry, permit, from)?;
        if !page.entries.is_empty() {
            from = page.next;
            if !subjects.is_empty() {
                page.disclosure = Some(record(registry, permit, question, &page, subjects).await?);
            }
            if pages.send(Ok(page)).await.is_err() {
                return Ok(());
            }
            continue;
        }
        if question.stop_at_head {
            return Ok(());
        }
        if pages.is_closed() || registry.fault().is_latched() {
            return Ok(());
        }
        registry.wait_for(from + 1, TAIL_WAIT).await;
    }
}

type Delivered = BTreeMap<SubjectOrdinal, (String, Vec<u64>)>;

/// One page of records that the views have folded, and whom its contents are about.
fn page(
    registry: &Registry,
    permit: &Permit,
    from: u64,
) -> Result<(api::FollowResponse, Delivered), Status> {
    let head = registry.views_position();
    let mut page = api::FollowResponse {
        next: from,
        head,
        ..api::FollowResponse::default()
    };
    let mut subjects = Delivered::new();
    if head <= from {
        return Ok((page, subjects));
    }
    let ledger = registry.ledger(LedgerName::Events);
    let unreadable = |err: &dyn std::error::Error| status::status(&failed(err));
    let mut reader = ledger
        .journal
        .read(Position::new(from))
        .map_err(|err| unreadable(&err))?;
    while page.next < head && page.entries.len() < FEED_PAGE_MAX {
        let Some(frame) = reader.next_frame().map_err(|err| unreadable(&err))? else {
            break;
        };
        for record in frame.frame().records() {
            let position = record.envelope.position.get();
            if position < page.next || FEED_PAGE_MAX <= page.entries.len() {
                continue;
            }
            let delivery = registry
                .views()
                .delivery(permit, &record)
                .map_err(|err| unreadable(&err))?;
            let mut entry = api::FeedEntry {
                position,
                envelope: record.envelope_bytes.to_vec(),
                ..api::FeedEntry::default()
            };
            entry.contested = convert::contested(&delivery.contested);
            if let Some(delivery) = delivery.content {
                let number = number(&delivery.subject);
                let ordinal = registry
                    .events_routing()
                    .subject(position, record.envelope.subject_tag.as_bytes())
                    .map_err(|err| unreadable(&err))?;
                let delivered = subjects
                    .entry(ordinal)
                    .or_insert_with(|| (number.clone(), vec![]));
                delivered.1.push(position);
                entry.subject = number;
                entry.event = Some(delivery.event.to_proto());
            }
            page.entries.push(entry);
            page.next = position + 1;
        }
    }
    Ok((page, subjects))
}

fn number(subject: &SubjectId) -> String {
    match subject {
        SubjectId::Person(number) => number.to_string(),
        SubjectId::Household(code) => code.to_string(),
        SubjectId::Case(number) => number.to_string(),
        SubjectId::AsylumClaim(_)
        | SubjectId::Campaign(_)
        | SubjectId::Site(_)
        | SubjectId::Biometric(_)
        | SubjectId::Registry
        | SubjectId::Agency(_)
        | SubjectId::Office(_) => String::new(),
    }
}

async fn record(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::FollowRequest,
    page: &api::FollowResponse,
    subjects: Delivered,
) -> Result<api::DisclosureReceipt, Status> {
    let groups: Vec<String> = permit
        .groups()
        .map(FieldGroup::code)
        .map(ToOwned::to_owned)
        .collect();
    let common = Disclosure {
        verb: i32::from(DisclosureVerb::Synchronised),
        field_groups: groups,
        answered_at: page.next,
        ..digests(&question.encode_to_vec(), &page.encode_to_vec())
            .map_err(|refusal| status::status(&refusal))?
    };
    let mut records = Vec::with_capacity(subjects.len());
    for (ordinal, (number, delivered)) in subjects {
        let one = disclosures(permit, Method::Follow, &[(ordinal, number)], &common);
        records.extend(one.into_iter().map(|(ordinal, record)| {
            (
                ordinal,
                Disclosure {
                    delivered: delivered.clone(),
                    ..record
                },
            )
        }));
    }
    let answered = Answered { records };
    let receipt = registry
        .discloser()
        .record(registry.new_id(), answered)
        .await
        .map_err(not_recorded)?;
    Ok(receipt.into_message())
}
