SELECT quote_literal(t.some_table()) AS t \gset
CALL retention_fold(('t.' || :t)::regclass);
\sleep 30 ms
