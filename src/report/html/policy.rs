//! What the page may load: nothing, but for its own style sheet, named by its hash.
//!
//! Imports nothing. Sample: `default-src 'none'; style-src 'sha256-...'; base-uri 'none'`.

use sha2::{Digest, Sha256};

/// The policy of a page whose only style is this one. (`frame-ancestors` and `sandbox` mean
/// nothing in a page, only in a header.)
pub(super) fn content_security_policy(style: &str) -> String {
    let hash = base64(&Sha256::digest(style.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

/// Base 64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4_usize {
            let shift = 18 - 6 * at;
            let letter = usize::try_from(bits >> shift & 63).unwrap_or(0);
            let known = at <= chunk.len();
            text.push(if known {
                char::from(ALPHABET[letter])
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_is_that_of_the_rfc() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn the_policy_allows_one_style_and_nothing_else() {
        // SHA-256 of nothing, as printed by `printf '' | openssl dgst -sha256 -binary | base64`.
        assert_eq!(
            content_security_policy(""),
            "default-src 'none'; style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; \
             base-uri 'none'; form-action 'none'"
        );
    }
}
