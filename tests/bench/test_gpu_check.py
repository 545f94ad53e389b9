"""What `make gpu-check` does before it compiles."""

from __future__ import annotations

import pytest

from benchmarks import gpu_check

CODE = """    std::vector<const char*> extensions;
    VkBool32 enable_best_practice = layer_settings;
    std::vector<vk::LayerSettingEXT> settings = {
        { "VK_LAYER_KHRONOS_validation", &enable_best_practice },
    };
    vk::LayerSettingsCreateInfoEXT layer_setting_info(settings);
    vk::InstanceCreateInfo instance_create_info(flags, layers, &layer_setting_info);
    vk_instance.instance = vk::createInstance(instance_create_info);
"""


def test_the_locked_version_is_built_with_its_hashes():
    wanted = "llama-cpp-python==1.2 \\\n    --hash=sha256:11 \\\n    --hash=sha256:22"
    assert gpu_check.locked_requirement(f"gguf==0.1 \\\n    --hash=sha256:00\n{wanted}\nlxml==3\n") == wanted
    real = (gpu_check.ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    assert " \\\n    --hash=sha256:" in gpu_check.locked_requirement(real)
    with pytest.raises(gpu_check.CannotCheckError, match="make lock"):
        gpu_check.locked_requirement("gguf==0.1\n")


def test_only_the_settings_of_the_validation_layer_are_left_out():
    before, made, after = gpu_check.without_layer_settings(CODE).splitlines()
    assert [before, after] == [CODE.splitlines()[0], CODE.splitlines()[-1]]
    assert made.endswith("instance_create_info(vk::InstanceCreateFlags{}, &app_info, layers, extensions);")
    with pytest.raises(gpu_check.CannotCheckError, match="too old"):
        gpu_check.without_layer_settings("something else")


def test_what_is_missing_is_named_with_its_packages(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gpu_check, "BUILT", tmp_path / "vulkan")
    monkeypatch.setattr(gpu_check.shutil, "which", lambda _: None)
    assert gpu_check.main([]) == 1
    said = capsys.readouterr().err
    for words in ("apt install glslc", "dnf install glslc", "brew install shaderc"):
        assert words in said
