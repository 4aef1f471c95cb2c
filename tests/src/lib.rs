//! End-to-end tests on real servers, and the layering test
