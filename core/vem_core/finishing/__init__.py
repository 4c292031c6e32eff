"""What every finished score gets, however it was made: rights, the downmix check, the form that was asked for."""
