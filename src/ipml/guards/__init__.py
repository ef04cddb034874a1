"""What keeps the wrong and the hostile out, and secrets in: shapes, bytes of files, failures, tables for people."""
