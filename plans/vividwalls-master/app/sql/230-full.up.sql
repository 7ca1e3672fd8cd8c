-- The successors of batches 2 to 4 act on 100 of 100 events.
update agents.rollout set percent = 100, changed_at = now() where batch in (120, 130, 140);
