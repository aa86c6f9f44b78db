//! The ground of the house: the TokenCredential trait, tokens, errors, and the values everything else is built from.
