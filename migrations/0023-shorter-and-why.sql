-- An owner may approve for less time than was asked for. Absent: for the asked time, or a denial.
ALTER TABLE decisions ADD COLUMN duration INTEGER CHECK (duration IS NULL OR (verdict = 'approve' AND duration > 0));
-- Why somebody asked for the end of an access; absent in older rows and for ends that nobody asked for.
ALTER TABLE grants ADD COLUMN note TEXT;
