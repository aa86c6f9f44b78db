//! The cellar: tokens that outlive the process, kept by the system's keystore.
