use std::io::Write;

use super::arguments::{ReplaceArguments, Whose};
use super::checks::{deleted, is_deployed, not_connected};
use super::connection::Connection;
use super::error::ConnectionsError;
use super::fields;
use super::input::{Asking, complete, given};
use super::ports::{ConnectionStore, Described, Functions};
use super::trial::{Words, put_and_try};
use crate::view::View;

const WORDS: Words = Words {
    command: "replace-key",
    done: "Replaced: the next import uses the new key.",
    refused: "Nothing was replaced: the connection is as it was.",
};

/// Replaces a connection's keys, and what else was given. The old ones work until the function itself has seen that the new
/// ones do. True when they do.
///
/// # Errors
/// [`ConnectionsError`].
pub async fn replace_key(
    store: &impl ConnectionStore,
    functions: &impl Functions,
    asking: &mut impl Asking,
    arguments: &ReplaceArguments,
    view: &View,
    out: &mut impl Write,
) -> Result<bool, ConnectionsError> {
    let whose = &arguments.whose;
    let Whose { provider, organization } = whose;
    is_deployed(functions, whose)?;
    let described = match store.describe(organization, provider).await? {
        None => return Err(not_connected(whose)),
        Some(Described { is_deleted: true, .. }) => return Err(deleted(whose)),
        Some(described) => described,
    };
    let current = described.current.as_deref().ok_or_else(|| not_connected(whose))?;
    let given = given(provider.as_str(), &arguments.fields, asking)?;
    let mut connection = store.value(organization, provider, current).await?;
    // A key is sent to no host that it was not entered for: none of the old ones is taken over.
    let is_wanted = |field: &fields::Field, given: &Connection| field.is_key && !given.has(field.name);
    let mut new = given;
    complete(provider.as_str(), &mut new, is_wanted, asking)?;
    for field in fields::of(provider.as_str()).iter().filter(|field| field.is_key) {
        connection.remove(field.name);
    }
    connection.merge(new);
    let told = put_and_try(store, functions, whose, &described, &connection, &WORDS).await?;
    if told.is_connected() && described.is_unverified {
        store.mark_verified(organization, provider).await?;
    }
    told.tell(view, arguments.json, out)?;
    Ok(told.is_connected())
}
