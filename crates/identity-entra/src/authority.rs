//! Which server is asked, and for which tenant: authorities, the tenants that a credential may use, regions, and the endpoints' discovery.

mod parse;
mod tenants;

pub use parse::Authority;
pub use tenants::TenantPolicy;
