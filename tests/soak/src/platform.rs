//! A platform that fails: a stand-in, called in this process, behind whatever goes wrong between it and its reader.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use hyper::header::RETRY_AFTER;
use hyper::{Request, Response, StatusCode};
use spanlift_platform_client::PlatformClient;
use tokio::time::sleep;
use tower::ServiceExt as _;
use worlds::in_process::router;
use worlds::world::World;

use crate::faults::{BEHIND, Fault, Faults};

/// Where it seems to be. No name is looked up.
pub const HOST: &str = "http://platform.test";

/// A client for which a world's platform answers.
#[must_use]
pub fn client(world: &World, faults: &Arc<Faults>) -> PlatformClient {
    let servers = Servers { now: router(world), behind: router(&behind(world)) };
    let faults = Arc::clone(faults);
    PlatformClient::in_process(HOST.parse().unwrap(), move |request| {
        let (servers, faults) = (servers.clone(), Arc::clone(&faults));
        async move { answer(&servers, &faults, request).await }
    })
}

#[derive(Clone)]
struct Servers {
    now: Router,
    /// A replica: what changed is seen there some seconds later.
    behind: Router,
}

fn behind(world: &World) -> World {
    let mut world = world.clone();
    for span in &mut world.spans {
        span.arrives += BEHIND;
        span.end_arrives += BEHIND;
        span.deleted = span.deleted.map(|at| at + BEHIND);
    }
    world
}

async fn answer(servers: &Servers, faults: &Faults, request: Request<Bytes>) -> io::Result<Response<Bytes>> {
    let fault = faults.of_call("platform");
    sleep(faults.delay()).await;
    if fault == Some(Fault::Before) {
        return no_answer(faults).await;
    }
    let server = if faults.is_stale() { &servers.behind } else { &servers.now };
    let Ok(told) = server.clone().oneshot(request.map(Body::from)).await;
    let (parts, body) = told.into_parts();
    let mut body = to_bytes(body, usize::MAX).await.map_err(io::Error::other)?;
    sleep(faults.delay()).await;
    if fault == Some(Fault::After) {
        if parts.status != StatusCode::OK || faults.below(2) == 0 {
            return Err(io::Error::from(io::ErrorKind::ConnectionReset));
        }
        // It ends in the middle, and does not say so.
        body.truncate(body.len() / 2);
    }
    Ok(Response::from_parts(parts, body))
}

/// What stands between may have much to say, and none of it from the platform.
async fn no_answer(faults: &Faults) -> io::Result<Response<Bytes>> {
    let status = match faults.below(6) {
        0 => return Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        1 => return Err(io::Error::from(io::ErrorKind::ConnectionRefused)),
        2 => {
            sleep(Duration::from_mins(1)).await;
            StatusCode::GATEWAY_TIMEOUT
        }
        3 => StatusCode::TOO_MANY_REQUESTS,
        4 => StatusCode::BAD_GATEWAY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut told = Response::new(Bytes::from_static(b"not now"));
    *told.status_mut() = status;
    if status == StatusCode::TOO_MANY_REQUESTS {
        let seconds = faults.below(40).to_string();
        told.headers_mut().insert(RETRY_AFTER, seconds.parse().map_err(io::Error::other)?);
    }
    Ok(told)
}
