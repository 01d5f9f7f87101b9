use std::io::Write;

use spanlift_importer::direct::VerifyAnswer;

use super::arguments::{ConnectArguments, Whose};
use super::checks::{deleted, is_deployed};
use super::connection::Connection;
use super::error::ConnectionsError;
use super::input::{Asking, complete, given};
use super::ports::{ConnectionStore, Described, Functions};
use super::tell::Told;
use super::trial::{Words, put_and_try, try_version};
use crate::view::View;

/// Where one that was refused before was kept.
const WORDS: Words = Words {
    command: "connect",
    done: CONNECTED,
    refused: "Not connected: what was kept before is kept, and nothing is imported from it.",
};
const CONNECTED: &str = "Connected: the next simulation is imported from here.";

/// Connects an organization to a platform: nothing is imported from it before the function itself has seen that it works. True
/// when it does.
///
/// # Errors
/// [`ConnectionsError`].
pub async fn connect(
    store: &impl ConnectionStore,
    functions: &impl Functions,
    asking: &mut impl Asking,
    arguments: &ConnectArguments,
    view: &View,
    out: &mut impl Write,
) -> Result<bool, ConnectionsError> {
    let Whose { provider, organization } = &arguments.whose;
    is_deployed(functions, &arguments.whose)?;
    let known = store.describe(organization, provider).await?;
    let unverified = match &known {
        Some(Described { is_deleted: true, .. }) => return Err(deleted(&arguments.whose)),
        Some(described) if !described.is_unverified => {
            return Err(ConnectionsError::State(format!(
                "organization {organization} is connected to {provider} already. A new key: spanlift replace-key {provider} \
                 --organization {organization}. Another host or project: spanlift replace-key --set …"
            )));
        }
        described => described.clone(),
    };
    let mut connection = given(provider.as_str(), &arguments.fields, asking)?;
    complete(provider.as_str(), &mut connection, |field, connection| !connection.has(field.name), asking)?;
    let told = match unverified {
        // A refused one that was kept: nobody reads it, so that only the mark is left to be taken away.
        Some(described) => put_and_try(store, functions, &arguments.whose, &described, &connection, &WORDS).await?,
        None => first(store, functions, arguments, &connection).await?,
    };
    if told.is_connected() {
        store.mark_verified(organization, provider).await?;
    }
    told.tell(view, arguments.json, out)?;
    Ok(told.is_connected())
}

async fn first(
    store: &impl ConnectionStore,
    functions: &impl Functions,
    arguments: &ConnectArguments,
    connection: &Connection,
) -> Result<Told, ConnectionsError> {
    let Whose { provider, organization } = &arguments.whose;
    let version = store.create(organization, provider, connection).await?;
    let answer = try_version(functions, provider, organization, &version).await;
    let is_refused = !matches!(answer, Ok(VerifyAnswer::Verified(_)));
    let consequence = match (is_refused, arguments.keep) {
        (false, _) => CONNECTED,
        (true, true) => {
            "Saved, but not connected: nothing is imported from it until it is verified (run spanlift connect again)."
        }
        (true, false) if is_taken_over(store, &arguments.whose, &version).await? => {
            "Not connected by this: somebody else changed the connection meanwhile. Check it (spanlift connections)."
        }
        (true, false) => {
            store.delete(organization, provider).await?;
            "Not connected: nothing was saved."
        }
    };
    Ok(Told::new("connect", &arguments.whose, answer?, consequence))
}

/// Has somebody else entered a key into the connection, or removed it, since this version of it was made? Then it is not ours to delete.
async fn is_taken_over(store: &impl ConnectionStore, whose: &Whose, version: &str) -> Result<bool, ConnectionsError> {
    let described = store.describe(&whose.organization, &whose.provider).await?;
    let is_as_made = described.is_some_and(|now| {
        now.is_unverified && !now.is_deleted && now.pending.is_none() && now.current.as_deref() == Some(version)
    });
    Ok(!is_as_made)
}
