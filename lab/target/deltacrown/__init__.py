"""The Django project of the sample staging application."""
