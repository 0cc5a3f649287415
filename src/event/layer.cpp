// Holds the place of the event layer until its first source.
