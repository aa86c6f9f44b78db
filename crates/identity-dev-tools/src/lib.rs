//! Credentials of a developer's signed-in tools.
