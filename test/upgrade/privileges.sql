SELECT proname, grantee::regrole, privilege_type FROM pg_proc, aclexplode(proacl)
WHERE pronamespace = 'tools'::regnamespace ORDER BY 1, 2, 3;
