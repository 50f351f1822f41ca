{% include cookiecutter.task ~ "/test_transforms.py" %}
