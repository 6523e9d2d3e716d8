//! Before every call and through every stream: does the caller's certificate still hold?
//!
//! A handshake is judged once, and a connection may live for days. So each call is judged again, and so is each message
//! of a stream in either direction, by the certificates and revocation lists in force at that moment. A stream on which
//! nothing comes is judged every second. The refusal of a call is recorded before it is told, as every other.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use hyper::body::{Body as HttpBody, Bytes, Frame};
use sabt_domain::access::Method;
use sabt_domain::refusal::Refusal;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, StdError};
use tonic::service::Routes;

use crate::api::{not_recorded, record_refusal};
use crate::identity::Caller;
use crate::limits::TLS_POLL;
use crate::listen::{self, Distrust, PeerInfo};
use crate::registry::Registry;
use crate::status;

/// A call that is no [`Method`] of the matrix of its own, and the one under which its refusals are recorded.
const AWAIT_PROOF: &str = "/sabt.api.v1.Registry/AwaitProof";

/// Puts the guard before routes. Refusals are recorded in the registry, if there is one that can record.
pub(crate) fn routes(routes: Routes, registry: Option<Arc<Registry>>) -> Routes {
    let guard = Guard {
        routes: routes.prepare(),
        registry,
    };
    Routes::from(Routes::default().into_axum_router().fallback_service(guard))
}

#[derive(Clone)]
struct Guard {
    routes: Routes,
    registry: Option<Arc<Registry>>,
}

impl<B> Service<Request<B>> for Guard
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<StdError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes are always ready: limits are set before and behind them.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self {
            mut routes,
            registry,
        } = self.clone();
        Box::pin(async move {
            let Some(info) = request.extensions().get::<PeerInfo>().cloned() else {
                let refusal = Distrust::Unvouched.refusal();
                return Ok(status::status(&refusal).into_http());
            };
            if let Err(distrust) = listen::check(&info) {
                let refusal = distrust.refusal();
                let path = request.uri().path();
                let status = match record(registry.as_ref(), &info, path, &refusal).await {
                    Ok(()) => status::status(&refusal),
                    Err(unrecorded) => unrecorded,
                };
                return Ok(status.into_http());
            }
            let asked = request.map(|body| Watched::new(body, info.clone(), Direction::In));
            let answer = routes.call(asked).await?;
            Ok(answer.map(|body| Body::new(Watched::new(body, info, Direction::Out))))
        })
    }
}

/// Records a refused call of the contract under the name that the certificate bears. That the name is the caller's is
/// what the refusal doubts, but whose certificate was tried is what the owner and an investigation need to know.
async fn record(
    registry: Option<&Arc<Registry>>,
    info: &PeerInfo,
    path: &str,
    refusal: &Refusal,
) -> Result<(), Status> {
    let method = match path {
        AWAIT_PROOF => Some(Method::GetProof),
        path => Method::from_path(path),
    };
    let (Some(registry), Some(method)) = (registry, method) else {
        return Ok(());
    };
    let chain = info.peer_certs();
    let leaf = chain.as_ref().and_then(|chain| chain.first());
    let caller = leaf.and_then(|leaf| Caller::from_certificate(registry.name(), leaf).ok());
    let asker = caller.and_then(|caller| registry.asker(&caller).ok());
    // A question that comes no further than here has not been counted yet.
    let now = registry.clock().now_micros();
    let over = method
        .needs_permit()
        .then(|| registry.rates().take(asker.as_ref(), now).err())
        .flatten();
    let recorded = over.as_ref().unwrap_or(refusal);
    record_refusal(registry, asker.as_ref(), method, None, &[], recorded)
        .await
        .map_err(not_recorded)
}

/// Which way a body goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// From the caller: it breaks off.
    In,
    /// To the caller: it ends with the refusal.
    Out,
}

/// A body that ends when the caller's certificate does not hold any more.
struct Watched {
    /// `None` after the end.
    body: Option<Body>,
    info: PeerInfo,
    direction: Direction,
    /// Wakes a body that waits; made when it first does.
    idle: Option<Interval>,
}

impl Watched {
    fn new<B>(body: B, info: PeerInfo, direction: Direction) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<StdError>,
    {
        Self {
            body: Some(Body::new(body)),
            info,
            direction,
            idle: None,
        }
    }

    /// A body that has nothing to hand over: pending, unless its caller is not trusted any more.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let idle = self.idle.get_or_insert_with(|| {
            let mut idle = interval_at(Instant::now() + TLS_POLL, TLS_POLL);
            idle.set_missed_tick_behavior(MissedTickBehavior::Delay);
            idle
        });
        while idle.poll_tick(cx).is_ready() {
            if let Err(distrust) = listen::check(&self.info) {
                return Poll::Ready(Some(self.end(distrust)));
            }
        }
        Poll::Pending
    }

    /// How a body ends whose caller is not trusted any more.
    fn end(&mut self, distrust: Distrust) -> Result<Frame<Bytes>, Status> {
        self.body = None;
        metrics::counter!("sabt_streams_cut_total", "reason" => distrust.reason().code())
            .increment(1);
        let status = status::status(&distrust.refusal());
        match self.direction {
            Direction::In => Err(status),
            Direction::Out => {
                let mut trailers = HeaderMap::new();
                status.add_header(&mut trailers)?;
                Ok(Frame::trailers(trailers))
            }
        }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) else {
            return self.wait(cx);
        };
        // Judged when there is something to hand over, which may be long after it was first asked for. Trailers too: a
        // stream that ended because what came in was cut off did not end well.
        let holds_something = matches!(&frame, Some(Ok(_)));
        if holds_something && let Err(distrust) = listen::check(&self.info) {
            return Poll::Ready(Some(self.end(distrust)));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }
}
