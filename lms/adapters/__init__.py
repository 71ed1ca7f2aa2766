"""The outside world behind small interfaces: mail, storage, signing, the embedded database."""
