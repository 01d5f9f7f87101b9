//! A world's platform as a service of this process, for those who put something between it and its reader.

use arize::Arize;
use axum::Router;
use langfuse::Langfuse;
use langsmith::LangSmith;
use serde_json::Value;
use spanlift_importer::ports::Platform;
use spanlift_model::MatchedCap;
use spanlift_platform_client::PlatformClient;

use crate::run::WorldClock;
use crate::world::{Provider, World};

/// Whatever is done with the reading code of a world's provider.
pub trait WithPlatform {
    /// What comes of it.
    type Output;

    /// Does it, with the connection to the world's project and the cap of what an import may match.
    fn run<P: Platform>(
        self,
        platform: P,
        connection: Value,
        matched: MatchedCap,
    ) -> impl Future<Output = Self::Output>;
}

/// The stand-in that holds a world, without a port.
pub fn router(world: &World) -> Router {
    match world.provider {
        Provider::Arize => stand_in_phoenix::StandIn::router(crate::arize::scenario(world)),
        Provider::Langfuse => stand_in_langfuse::StandIn::router(crate::langfuse::scenario(world)),
        Provider::Langsmith => stand_in_langsmith::StandIn::router(crate::langsmith::scenario(world)),
    }
}

/// Hands the reading code of the world's provider to `work`, with this client and a connection to this host.
pub async fn with_platform<W: WithPlatform>(
    world: &World,
    client: PlatformClient,
    clock: WorldClock,
    host: &str,
    work: W,
) -> W::Output {
    match world.provider {
        Provider::Arize => {
            let connection = crate::arize::connection(host);
            Box::pin(work.run(Arize::new(client, clock), connection, crate::arize::MATCHED)).await
        }
        Provider::Langfuse => {
            let connection = crate::langfuse::connection(world, host);
            Box::pin(work.run(Langfuse::new(client, clock), connection, crate::langfuse::MATCHED)).await
        }
        Provider::Langsmith => {
            let connection = crate::langsmith::connection(world, host);
            Box::pin(work.run(LangSmith::new(client, clock), connection, crate::langsmith::MATCHED)).await
        }
    }
}
