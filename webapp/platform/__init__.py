"""What every room stands on: settings, database, jobs, queue, storage, mail, audit."""
