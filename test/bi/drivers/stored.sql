-- What :client stored is what the server computes: byte for byte, in each form.
SELECT CASE WHEN bool_and(same) AND count(*) = :forms THEN 'ok' ELSE 'not ok' END || ' - ' || :'client'
       || ': a summary and a history come back as they were, ' || coalesce(string_agg(form, ' and ' ORDER BY form), 'in no form')
FROM (SELECT form, summary = (SELECT retention_agg(customer, ordered_at, amount, 'month') FROM example)
                   AND history = (SELECT history_agg(ordered_at, amount) FROM example WHERE customer = 'ann') AS same
      FROM stored WHERE client = :'client') s;
