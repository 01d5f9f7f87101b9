//! Whose key is it? (docs/platforms/langsmith.md#12-headers-and-keys)

use crate::answer::{self, Answer};
use crate::asked::Asked;
use crate::scenario::{Access, Key, Scenario, Scope, Tenant};

/// The workspace that a request reads.
pub(crate) fn tenant_of<'a>(scenario: &'a Scenario, asked: &Asked) -> Result<&'a Tenant, Answer> {
    let key = asked.key.as_deref().unwrap_or_default();
    let reached: Vec<(&Tenant, &Key)> = scenario
        .tenants
        .iter()
        .filter_map(|tenant| Some((tenant, tenant.keys.iter().find(|known| known.key == key)?)))
        .collect();
    let Some((first, known)) = reached.first().copied() else {
        return Err(answer::unknown_key());
    };
    match known.access {
        Access::Reads => {}
        Access::Forbidden => return Err(answer::forbidden()),
        Access::Legacy => return Err(answer::legacy_key()),
    }
    match (asked.header("x-tenant-id"), known.scope) {
        (Some(wanted), _) => {
            let named = reached.iter().find(|(tenant, _)| tenant.id.eq_ignore_ascii_case(wanted));
            named.map(|(tenant, _)| *tenant).ok_or_else(answer::forbidden)
        }
        (None, Scope::Workspace) => Ok(first),
        (None, Scope::Organization) => Err(answer::no_workspace()),
    }
}
