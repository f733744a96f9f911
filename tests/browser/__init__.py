"""Tests in a real browser: what a reader presses, taps and sees."""
