//! After `fork` the child has no threads of the library: it must be told, not left waiting.

#[cfg(unix)]
#[test]
fn a_forked_child_is_told_by_every_function() {
    use csa::CSA_FORKED;

    use crate::support::{lend, Sandbox, EMPTY};

    let sandbox = Sandbox::open();
    // SAFETY: the child only calls the functions under test and ends without running anything of the parent.
    let child = unsafe { libc::fork() };
    assert_ne!(child, -1, "fork failed");
    if child == 0 {
        let (mut handle, mut result) = (0, EMPTY);
        let codes = [
            csa::csa_info(Some(&mut result)),
            csa::csa_client_open(
                lend(b"{\"sandbox\": true}"),
                Some(&mut handle),
                Some(&mut result),
            ),
            csa::csa_call_start(
                sandbox.client,
                lend(b"{}"),
                Some(&mut handle),
                Some(&mut result),
            ),
            csa::csa_call_next(1, 60_000, Some(&mut result)),
            csa::csa_call_cancel(1),
            csa::csa_close(sandbox.client),
        ];
        let wrong = codes.iter().filter(|code| **code != CSA_FORKED).count() as i32;
        let version = i32::from(csa::csa_abi_version() != csa::CSA_ABI_VERSION);
        csa::csa_buf_free(result);
        // SAFETY: ends the child.
        unsafe { libc::_exit(wrong + version) };
    }
    let mut status = 0;
    // SAFETY: waits for the child made above.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert!(libc::WIFEXITED(status));
    assert_eq!(
        libc::WEXITSTATUS(status),
        0,
        "functions that did not answer CSA_FORKED"
    );
    // The parent goes on.
    let held = sandbox.run(
        "assignment.get",
        &serde_json::json!({"targets": [{"user": "joe@contoso.com"}]}),
    );
    assert_eq!(held.len(), 1);
}
