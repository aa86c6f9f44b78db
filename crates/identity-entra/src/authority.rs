//! Which server is asked, and for which tenant: authorities, the tenants that a credential may use, regions, and the endpoints' discovery.

mod discovery;
mod parse;
mod region;
mod tenants;

pub use discovery::{Discovery, Endpoints};
pub use parse::Authority;
pub use region::Region;
pub use tenants::TenantPolicy;
