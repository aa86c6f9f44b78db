//! The other side of the wire: Entra ID and managed identity for tests and for programs with no Azure account.
