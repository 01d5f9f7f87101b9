use std::io::Write;

use spanlift_importer::direct::VerifyRequest;

use super::arguments::{VerifyArguments, Whose};
use super::checks::is_deployed;
use super::error::ConnectionsError;
use super::ports::{ConnectionStore, Functions};
use super::tell::Told;
use super::trial::request;
use crate::view::View;

/// Asks the function whether a connection works. True when it does. One that was kept though it was refused, and works now, is
/// imported from then on.
///
/// # Errors
/// [`ConnectionsError`].
pub async fn verify(
    store: &impl ConnectionStore,
    functions: &impl Functions,
    arguments: &VerifyArguments,
    view: &View,
    out: &mut impl Write,
) -> Result<bool, ConnectionsError> {
    let Whose { provider, organization } = &arguments.whose;
    is_deployed(functions, &arguments.whose)?;
    let described = store.describe(organization, provider).await?;
    // Of one that is marked, that very version: the mark is taken away for no other.
    let unverified = described.filter(|described| described.is_unverified && !described.is_deleted);
    let version = unverified.as_ref().and_then(|described| described.current.as_deref());
    let asked = VerifyRequest { learn: arguments.learn, ..request(organization, version) };
    let answer = functions.verify(provider, asked).await?;
    let told = Told::new("verify", &arguments.whose, answer, "");
    if told.is_connected() && unverified.is_some() {
        store.mark_verified(organization, provider).await?;
    }
    told.tell(view, arguments.json, out)?;
    Ok(told.is_connected())
}
