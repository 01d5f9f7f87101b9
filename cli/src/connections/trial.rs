//! A version of a secret is tried by the function, and only then made the current one.

use spanlift_importer::PortError;
use spanlift_importer::direct::{VerifyAnswer, VerifyRequest};
use spanlift_model::{OrganizationId, Provider};

use super::arguments::Whose;
use super::checks::not_connected;
use super::connection::Connection;
use super::error::ConnectionsError;
use super::ports::{ConnectionStore, Described, Functions, Moved};
use super::tell::Told;

/// What a command says of a trial's end.
pub(super) struct Words {
    pub(super) command: &'static str,
    pub(super) done: &'static str,
    pub(super) refused: &'static str,
}

/// Puts a version that no import reads, lets the function try it, and makes it the current one if it works.
pub(super) async fn put_and_try(
    store: &impl ConnectionStore,
    functions: &impl Functions,
    whose: &Whose,
    described: &Described,
    connection: &Connection,
    words: &Words,
) -> Result<Told, ConnectionsError> {
    let Whose { provider, organization } = whose;
    let current = described.current.as_deref().ok_or_else(|| not_connected(whose))?;
    let version = store.put_pending(organization, provider, connection).await?;
    let answer = try_version(functions, provider, organization, &version).await;
    let moved = match &answer {
        Ok(VerifyAnswer::Verified(_)) => Some(store.promote(organization, provider, &version, current).await),
        _ => None,
    };
    // Also after a refusal and after a failure: it is tried no longer.
    store.drop_pending(organization, provider, &version).await?;
    let (answer, moved) = (answer?, moved.transpose()?);
    Ok(match moved {
        None => Told::new(words.command, whose, answer, words.refused),
        Some(Moved::Done) => Told::new(words.command, whose, answer, words.done),
        Some(Moved::SomebodyElse) => Told::overtaken(
            words.command,
            whose,
            answer,
            "Nothing was replaced: somebody else replaced or removed the connection meanwhile. Check it (spanlift verify), and \
             start again if you need to.",
        ),
    })
}

/// Lets the function try one version.
pub(super) async fn try_version(
    functions: &impl Functions,
    provider: &Provider,
    organization: &OrganizationId,
    version: &str,
) -> Result<VerifyAnswer, PortError> {
    functions.verify(provider, request(organization, Some(version))).await
}

/// A request for one version; for the current one, if none.
pub(super) fn request(organization: &OrganizationId, version: Option<&str>) -> VerifyRequest {
    VerifyRequest { organization_id: organization.clone(), version: version.map(str::to_owned), learn: false }
}
