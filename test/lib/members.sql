-- What belongs to the extension, for the checks of its catalog entries: views of this session.

CREATE TEMP VIEW member AS
SELECT classid, objid, objsubid
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'retention');

-- Functions that an aggregate, a type, an operator, an operator class or a cast calls.
CREATE TEMP VIEW called_by_catalogs AS
SELECT DISTINCT f.oid
FROM (SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn,
                          aggmfinalfn]) FROM pg_aggregate
      UNION ALL
      SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze]) FROM pg_type
      UNION ALL
      SELECT unnest(ARRAY[oprcode, oprrest, oprjoin]) FROM pg_operator
      UNION ALL
      SELECT amproc FROM pg_amproc
      UNION ALL
      SELECT castfunc FROM pg_cast
      UNION ALL
      SELECT prosupport FROM pg_proc) f(oid)
WHERE f.oid <> 0;

-- Those and functions that the library calls, as comments say; in 1.0 at their end.
CREATE TEMP VIEW support AS
SELECT oid FROM called_by_catalogs
UNION
SELECT oid FROM pg_proc WHERE obj_description(oid, 'pg_proc') LIKE '%support function%';

CREATE TEMP VIEW function AS
SELECT p.*, p.oid::regprocedure::text AS signature, EXISTS (SELECT FROM support s WHERE s.oid = p.oid) AS is_support
FROM member
JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid;
