use clickhouse::query::Query;
use clickhouse::{Client, RowOwned, RowRead};
use spanlift_importer::PortError;

use crate::fetch::fetch;

/// The trace store for those who ask questions of their own (`shared/insight`): the same client, the same bounds on time, and
/// the same words for what goes wrong.
///
/// Names stand in a statement as they are, since they were checked when the store was made. Values never do: they are bound.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) organization_attribute: String,
    pub(crate) simulation_attribute: String,
}

impl Reader {
    /// The table of spans. It needs no quotes.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The resource attribute in which native rows keep the organization. It can stand between single quotes.
    #[must_use]
    pub fn organization_attribute(&self) -> &str {
        &self.organization_attribute
    }

    /// The resource attribute in which native rows keep the simulation. It can stand between single quotes.
    #[must_use]
    pub fn simulation_attribute(&self) -> &str {
        &self.simulation_attribute
    }

    /// The rows of `sql`, to which `bind` binds the values. `asked` names the question in errors.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn ask<T>(
        &self,
        asked: &'static str,
        sql: &str,
        bind: impl FnOnce(Query) -> Query,
    ) -> Result<Vec<T>, PortError>
    where
        T: RowOwned + RowRead,
    {
        fetch(bind(self.client.query_raw(sql)), asked).await
    }
}
