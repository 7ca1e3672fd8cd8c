-- Withdraws batch 120: its predecessors act again, and have what was written under the names of their successors.
select agents.withdraw(120);
