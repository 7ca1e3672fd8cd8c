-- The successors of batches 2 to 4 act on 50 of 100 events, as before.
update agents.rollout set percent = 50, changed_at = now() where batch in (120, 130, 140);
