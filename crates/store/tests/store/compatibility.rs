//! Databases of earlier format versions still open.
