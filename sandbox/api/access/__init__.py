"""Who may do what: callers, signatures and policies, judged before a request reaches the emulator."""
