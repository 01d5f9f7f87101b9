use std::io::Write;

use serde_json::json;

use super::arguments::{DisconnectArguments, Whose};
use super::checks::not_connected;
use super::error::ConnectionsError;
use super::input::Asking;
use super::ports::ConnectionStore;

/// Removes a connection for good. False where the operator, when asked, said no.
///
/// # Errors
/// [`ConnectionsError`].
pub async fn disconnect(
    store: &impl ConnectionStore,
    asking: &mut impl Asking,
    arguments: &DisconnectArguments,
    out: &mut impl Write,
) -> Result<bool, ConnectionsError> {
    let Whose { provider, organization } = &arguments.whose;
    if store.describe(organization, provider).await?.is_none() {
        return Err(not_connected(&arguments.whose));
    }
    let is_meant = arguments.yes || {
        if !asking.is_there() {
            return Err(ConnectionsError::Input("there is no terminal to ask on: say --yes".to_owned()));
        }
        let question = format!("Delete the connection to {provider} for good? Type the organization's id");
        asking.ask(&question)? == organization.as_str()
    };
    if is_meant {
        store.delete(organization, provider).await?;
    }
    if arguments.json {
        let document = json!({"command": "disconnect", "organization_id": organization.as_str(), "provider": provider.as_str(), "done": is_meant});
        writeln!(out, "{document:#}")?;
    } else if is_meant {
        writeln!(out, "Disconnected: nothing more is imported from {provider}; what was imported stays.")?;
    } else {
        writeln!(out, "Nothing was done.")?;
    }
    Ok(is_meant)
}
